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
    let checksums = LocalChecksums(
      folder: folder, wantsHashes: wantsHashes, hashesOnly: hashesOnly, width: width)
    try await checksums.run(held.files.filter { !hashesOnly || wantsHashes || $0.sha256 != nil }, &report)
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

  /// Whether the CRC-32Cs are left alone: the levels above compute them too.
  private var hashesOnly: Bool {
    if case .original = purpose { true } else { options.level >= .index }
  }

  private func checkData() async throws -> BlockReport {
    try await BlockingPool.shared.runCancellably { [folder] cancellation in
      try LocalBlockCheck(folder: folder, cancellation: cancellation).run()
    }
  }
}
