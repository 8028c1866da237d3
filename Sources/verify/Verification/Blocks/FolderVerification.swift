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
    try await checksums(hashesOnly: false).run(looked, &report)
    try await checksums(hashesOnly: true).run(hashed, &report)
    if options.level >= .index { report.merge(try await checkData()) }
    return report
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

  private func checkData() async throws -> BlockReport {
    try await LocalBlockCheck(
      folder: folder, level: options.level, computesHashes: false, meter: options.meter
    ).run()
  }
}
