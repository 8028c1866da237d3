import Platform
import TSDB

/// A block on disk, at any level.
struct FolderVerification {
  let folder: BlockFolder
  let options: VerificationOptions
  /// Whether the hash of every file is wanted, since a bucket's meta.json is to be held against it.
  let wantsHashes: Bool
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
    guard options.level >= .checksum else { return report }
    // The levels above read every byte too: only what has a hash is left to look at here.
    let files = options.level >= .index ? held.files.filter { wantsHashes || $0.sha256 != nil } : held.files
    let checksums = LocalChecksums(
      folder: folder, wantsHashes: wantsHashes, hashesOnly: options.level >= .index, width: width)
    try await checksums.run(files, &report)
    if options.level >= .index { report.merge(try await checkData()) }
    return report
  }

  private func checkData() async throws -> BlockReport {
    try await LocalBlockCheck(folder: folder, level: options.level, computesHashes: false).run()
  }
}
