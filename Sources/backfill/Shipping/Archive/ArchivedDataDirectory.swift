import Archive
public import Logging
import Platform
import Quantities
import Synchronization
import TSDB
import Thanos

/// A data folder in a tar, plain or packed with gzip or zstd.
///
/// It is read twice or more. The first pass lists the blocks and keeps their meta.json files, so that the plan is made
/// before anything is unpacked; `UnpackingPass` says which blocks each of the next ones brings into the scratch folder.
///
/// An archive that is cut off or damaged gives those blocks that lie before the damage and prove to be whole.
public final class ArchivedDataDirectory: UploadSource {
  public let path: String
  /// The scratch folder has room for one, and the next ones of the same pass wait in the archive.
  public let blocksAtATime = 1
  private let scratch: Scratch
  private let logger: Logger
  private let read: @Sendable (_ packedBytes: UInt64) -> Void
  private let state: Mutex<State>

  /// What is known after the first pass, and the pass under way. Sending waits while a pass reads, and the other way round.
  private struct State {
    var archive: OpenFile?
    var listing: ArchiveListing?
    var folder: ScratchFolder?
    /// The blocks that are still to be uploaded, oldest first.
    var pending: [ArchivedBlock] = []
    var unpacker: BlockUnpacker?
  }

  /// Whether a path is to be read as an archive: a data folder is never a file.
  public static func isArchive(_ path: String) -> Bool { (try? Directory.status(of: path).kind) == .file }

  /// - Parameters:
  ///   - scratch: where blocks are unpacked to.
  ///   - read: called with the bytes of the file that the first pass has gone through since the last call.
  public init(
    _ path: String, scratch: Scratch, logger: Logger, read: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) {
    self.path = path
    self.scratch = scratch
    self.logger = logger
    self.read = read
    state = Mutex(State())
  }

  /// Makes the scratch folder, and reads the archive from front to back.
  /// - Throws: `UnusableArchive`, `FileError`, `CancellationError`.
  public func contents() async throws -> SourceContents {
    let (listing, folder) = try await BlockingPool.shared.runCancellably { [self] cancellation in
      try state.withLock { state in
        let archive = try OpenFile(path)
        state.archive = archive
        let folder = try ScratchFolder(in: scratch.folder)
        state.folder = folder
        var told: UInt64 = 0
        let listing = try ArchiveListing(archive) { packedBytes in
          try cancellation.check()
          if packedBytes > told { read(packedBytes - told) }
          told = max(told, packedBytes)
        }
        if listing.damage == nil { read(archive.size - min(told, archive.size)) }
        state.listing = listing
        return (listing, folder.path)
      }
    }
    for folder in listing.ignored {
      logger.warning("left out: blocks below the data folder of the archive", metadata: ["folder": "\(folder)"])
    }
    let blocks = listing.blocks.values.sorted { $0.ulid < $1.ulid }
    return SourceContents(
      blocks: blocks.map { candidate($0, in: listing, unpackedTo: folder) }, leftovers: listing.leftovers,
      damage: listing.damage)
  }

  public func begin(_ uploads: [PlannedBlock]) {
    state.withLock { state in state.pending = uploads.compactMap { state.listing?.blocks[$0.ulid] } }
  }

  /// Unpacks a block, and perhaps some of those after it.
  /// - Throws: `NotInArchive`, `ArchiveError`, `FileError`, `TSDBError`, `CancellationError`.
  public func prepare(_ block: PlannedBlock) async throws {
    try await BlockingPool.shared.runCancellably { [self] cancellation in
      try state.withLock { try unpack(block.folder, &$0, check: cancellation.check) }
    }
    guard state.withLock({ $0.listing?.damage != nil }) else { return }
    // What comes before the damage may still lack a segment that came after it, and nobody has compared the checksum of
    // the compressed stream: such a block has to prove that it is all there.
    let open = try await BlockingPool.shared.run { try OpenBlock(block.folder) }
    try await BlockExamination(depth: .full).run(open)
  }

  public func release(_ block: PlannedBlock) async {
    await BlockingPool.shared.run { [self] in
      state.withLock { state in
        state.pending.removeAll { $0.ulid == block.ulid }
        state.folder?.remove("\(block.ulid)")
      }
    }
  }

  /// Removes the scratch folder.
  public func end() async {
    await BlockingPool.shared.run { [self] in
      state.withLock { state in
        state.unpacker = nil
        state.folder?.removeAll()
        state.folder = nil
      }
    }
  }

  private func unpack(_ block: BlockFolder, _ state: inout State, check: () throws -> Void) throws {
    let ulid = block.ulid
    guard let archive = state.archive, let folder = state.folder,
      let place = state.pending.firstIndex(where: { $0.ulid == ulid })
    else {
      throw NotInArchive(description: "it was not among the blocks of \(path)")
    }
    // Without this, files that nobody finds would look like those of a block that Prometheus has just deleted.
    let files = state.pending[place].files.keys
    guard files.contains(BlockFolder.indexName), files.contains(where: { $0.hasPrefix(BlockFolder.chunksName) }) else {
      throw NotInArchive(description: "\(path) holds it without its index or without its chunks")
    }
    let limit = scratch.limit
    guard state.pending[place].size <= limit else {
      let needed = ByteSize.text(state.pending[place].size)
      throw NotInArchive(
        description: "it takes \(needed) unpacked, more than --scratch-limit allows (\(ByteSize.text(limit))): raise that")
    }
    if state.unpacker?.brings(ulid) != true {
      let pass = UnpackingPass(state.pending[place...].lazy.filter { $0.size <= limit }, limit: limit)
      logger.debug("unpacking", metadata: ["blocks": "\(pass.blocks.count)", "scratch_bytes": "\(pass.room)"])
      state.unpacker = try BlockUnpacker(archive, pass.blocks, into: folder)
    }
    do {
      try state.unpacker?.unpack(ulid, check: check)
    } catch {
      // What this pass has brought so far comes again in the next one.
      state.unpacker = nil
      for block in state.pending { folder.remove("\(block.ulid)") }
      throw error
    }
  }

  private func candidate(
    _ block: ArchivedBlock, in listing: ArchiveListing, unpackedTo scratch: String
  ) -> LocalBlock {
    let place = listing.folder.isEmpty ? "\(path): \(block.ulid)" : "\(path): \(listing.folder)/\(block.ulid)"
    let description: Result<BlockDescription, any Error> = Result {
      if let trouble = block.trouble { throw trouble }
      guard let bytes = block.meta else {
        let cut = listing.damage.map { "; the archive is damaged: \($0)" } ?? ""
        throw NotInArchive(description: "\(place) has no \(BlockMeta.fileName)\(cut)")
      }
      let file = "\(place)/\(BlockMeta.fileName)"
      return try BlockDescription(try BlockMeta(parsing: bytes, file: file, of: block.ulid), file: file)
    }
    let sent = block.files.filter { BlockFolder.isData($0.key) }
    return LocalBlock(
      folder: BlockFolder(ulid: block.ulid, path: "\(scratch)/\(block.ulid)"), description: description,
      files: sent.mapValues(\.size),
      deletions: block.deletions(in: (try? description.get())?.meta, file: "\(place)/\(BlockFolder.tombstonesName)"))
  }
}
