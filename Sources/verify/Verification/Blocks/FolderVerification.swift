import Platform
import TSDB

/// A block on disk, at any level.
struct FolderVerification {
  /// What it is looked at for.
  enum Purpose {
    /// Is it whole?
    case itself
    /// It is what a bucket's block is compared with. At `checksum` its files have to be read for that anyway, each by the
    /// digest that the store's evidence asks for, and no other is computed: that would cost several times as much.
    /// - Parameter isListed: whether the bucket's meta.json lists hashes to be held against the files.
    case original(isListed: Bool)
    /// It is what a bucket's block is repaired from.
    case source
  }

  let folder: BlockFolder
  let options: VerificationOptions
  let purpose: Purpose
  /// Files at a time.
  let width: Int

  /// - Throws: `CancellationError`.
  func run() async throws -> BlockReport {
    let (begun, held) = await BlockingPool.shared.run { [folder] in
      var report = BlockReport(folder.ulid)
      let held = LocalPresence(folder: folder).run(&report)
      return (report, held)
    }
    var report = begun
    guard options.level >= .checksum, readsFiles else { return report }
    let looked = held.files.filter { !isHashedOnly($0) }
    let hashed = held.files.filter { isHashedOnly($0) && (wantsHashes || $0.sha256 != nil) }
    if options.level == .full {
      // Which reads every file, once for its hash as well.
      let data = try await checkData(computesHashes: !hashed.isEmpty)
      for file in hashed { judge(file, data, &report) }
      report.merge(data)
      return report
    }
    try await checksums(hashesOnly: false).run(looked, &report)
    try await checksums(hashesOnly: true).run(hashed, &report)
    if options.level >= .index { report.merge(try await checkData(computesHashes: false)) }
    return report
  }

  /// Holds a file's hash against the one that meta.json lists.
  private func judge(_ file: LocalPresence.File, _ data: BlockReport, _ report: inout BlockReport) {
    let computed = data.files.first { $0.path.utf8.elementsEqual(file.path.utf8) }?.sha256
    guard let expected = file.sha256, let computed else { return }
    report.judge(expected, against: computed, of: file, at: "\(folder.path)/\(file.path)")
  }

  private var readsFiles: Bool {
    if case .original = purpose { options.level >= .index || options.wantsHashes } else { true }
  }

  /// Whether the SHA-256 of every file is wanted.
  private var wantsHashes: Bool {
    switch purpose {
    case .itself: options.wantsHashes
    case .original(let isListed): options.wantsHashes || isListed && options.level >= .index
    case .source: true
    }
  }

  /// Whether the CRC-32Cs of a file are left alone: `index` computes those of the index, `full` all, and at `checksum` an
  /// original is compared by its digests.
  private func isHashedOnly(_ file: LocalPresence.File) -> Bool {
    switch options.level {
    case .presence, .checksum: if case .original = purpose { true } else { false }
    case .index: file.path == BlockFolder.indexName
    case .full: true
    }
  }

  private func checksums(hashesOnly: Bool) -> LocalChecksums {
    LocalChecksums(folder: folder, wantsHashes: wantsHashes, hashesOnly: hashesOnly, width: width,
      meter: options.meter)
  }

  private func checkData(computesHashes: Bool) async throws -> BlockReport {
    try await LocalBlockCheck(
      folder: folder, level: options.level, computesHashes: computesHashes, meter: options.meter
    ).run()
  }
}

extension BlockReport {
  /// Enters what came of holding a local file's hash against the one that meta.json lists.
  /// - Parameter name: its path on disk.
  mutating func judge(_ expected: String, against computed: String, of file: LocalPresence.File, at name: String) {
    if expected == computed {
      add([.sha256], to: file.path, size: file.size)
    } else {
      find(.hashMismatch, file: name, "meta.json says SHA-256 \(expected), the file has \(computed)")
    }
  }
}
