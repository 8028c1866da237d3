import Logging
import ObjectStore
import Platform
import TSDB
import Thanos

/// Brings one block: its files into the staging folder, proved one by one, meta.json last, the whole block checked, and
/// then into its place in one step.
struct BlockRestorer: Sendable {
  let bucket: any Bucket
  let staging: StagingRoot
  let check: BlockCheck.Depth
  /// Requests under way at a time.
  let requests: Int
  /// Whom the files are to belong to, where that is not the user who runs this.
  let owner: Owner?
  let logger: Logger

  /// - Parameter counted: called with bytes that are there; negative for what has to be fetched once more.
  /// - Throws: `FileProof.Mismatch`, `CorruptBlock`, `BucketError`, `FileError`, `CancellationError`. What has come so far
  ///   stays for the next run, unless it is what is wrong.
  func restore(_ block: PlannedRestore, counted: @escaping @Sendable (Int64) -> Void) async throws {
    guard let description = block.description, let files = block.contents?.files else { return }
    let ulid = block.ulid
    let download = try await BlockingPool.shared.run {
      let folder = try staging.block(ulid)
      let chunks = try folder.folder(BlockFolder.chunksName)
      try Self.clear(folder, chunks, butFor: files)
      return BlockDownload(
        bucket: bucket, requests: requests, folder: folder, chunks: chunks,
        journal: try DownloadJournal(try staging.journal(ulid)), counted: counted)
    }
    try await download.run(files)
    for file in files { try await prove(file, download) }
    let meta = try await bringMeta(of: description, into: download.folder)
    counted(Int64(clamping: meta))
    try await examine(ulid, download.folder)
    try Task.checkCancellation()
    try await BlockingPool.shared.run {
      try makeDurable(files, download)
      try publish(ulid)
    }
  }

  /// What an earlier run left of a block that had other files then.
  private static func clear(
    _ folder: OpenFolder, _ chunks: OpenFolder, butFor files: [RestorableFile]
  ) throws(FileError) {
    let paths = Set(files.map(\.path))
    for entry in try Directory.entries(of: folder.path)
    where entry.name != BlockFolder.chunksName && !paths.contains(entry.name) {
      try folder.remove(entry.name)
    }
    for entry in try Directory.entries(of: chunks.path)
    where !paths.contains("\(BlockFolder.chunksName)/\(entry.name)") {
      try chunks.remove(entry.name)
    }
  }

  /// A file that is not what it should be is fetched once more, in case it was damaged on the way.
  private func prove(_ file: RestorableFile, _ download: BlockDownload) async throws {
    let target = try await BlockingPool.shared.run { try download.target(file) }
    let proof = FileProof(bucket: bucket)
    guard let first = try await proof.mismatch(file, on: target) else { return }
    logger.warning("a file is not what it should be, fetching it once more", metadata: ["err": "\(first)"])
    let before = try await FileProof.sha256(target)
    try await download.runAgain(file)
    guard var second = try await proof.mismatch(file, on: target) else { return }
    second.isRepeated = true
    // With encryption by a key service ETags look like MD5 and are none. The same bytes twice, whose checksums are looked
    // at below, are no damage on the way.
    if second.evidence == .etag, check != .none, try await FileProof.sha256(target) == before {
      logger.warning(
        "the store's ETag is no MD5 of the content; the block's own checksums count", metadata: ["err": "\(second)"])
      return
    }
    try await BlockingPool.shared.run {
      try download.journal.begin(file)
      try target.resize(to: 0)
    }
    throw second
  }

  /// - Returns: its size in bytes.
  private func bringMeta(of description: BlockDescription, into folder: OpenFolder) async throws -> Int {
    let key = BlockObjects(description.ulid).meta
    let bytes = try await bucket.read(key, limit: BlockMeta.sizeLimit)
    guard try BlockMeta(parsing: bytes, file: key, of: description.ulid) == description.meta else {
      throw BucketError(.changed, key: key, in: bucket.location, "it changed since the plan was made; run again")
    }
    try await BlockingPool.shared.run {
      let file = try folder.file(BlockMeta.fileName)
      try file.resize(to: 0)
      try unsafe file.write(bytes.span.bytes, at: 0)
    }
    return bytes.count
  }

  private func examine(_ ulid: ULID, _ folder: OpenFolder) async throws {
    do {
      let open = try await BlockingPool.shared.run { try OpenBlock(BlockFolder(ulid: ulid, path: folder.path)) }
      try await BlockExamination(depth: check).run(open)
    } catch let error as CorruptBlock {
      // It would be found damaged again and again.
      try await BlockingPool.shared.run { try staging.remove(ulid) }
      throw error
    }
  }

  private func makeDurable(_ files: [RestorableFile], _ download: BlockDownload) throws(FileError) {
    for file in try files.map(download.target) + [download.folder.file(BlockMeta.fileName)] {
      if let owner { try file.give(to: owner) }
      try file.synchronise()
    }
    for folder in [download.chunks, download.folder] {
      if let owner { try folder.give(to: owner) }
      try folder.synchronise()
    }
  }

  private func publish(_ ulid: ULID) throws {
    do throws(FileError) {
      try staging.publish(ulid)
    } catch {
      guard error.isNameTaken else { throw error }
      throw NotRestored(
        reason: "a folder of this name came into \(staging.data.path) meanwhile; nothing is overwritten")
    }
  }
}
