public import TSDB
public import Thanos

/// Where the blocks of a run come from: a data folder, or an archive of one.
public protocol UploadSource: Sendable {
  /// The blocks that there are, as a plan needs them.
  func contents() async throws -> SourceContents

  /// Told before the first `prepare` which blocks are to be uploaded, in this order.
  func begin(_ uploads: [PlannedBlock]) async

  /// Brings the files of a block to where its `BlockFolder` says.
  func prepare(_ block: PlannedBlock) async throws

  /// The files of a block that was prepared are not needed any more.
  func release(_ block: PlannedBlock) async

  /// Nothing of the source is needed any more, however the run ended.
  func end() async
}

/// What a source holds.
public struct SourceContents: Sendable {
  public var blocks: [BlockCandidate]
  /// Folders that Prometheus left half-made or half-deleted.
  public var leftovers: [String]
  /// Why nobody can say whether there are more blocks: the rest could not be read.
  public var damage: (any Error)?
}

/// A block that may go into the bucket.
public struct BlockCandidate: Sendable {
  public let folder: BlockFolder
  /// Its meta.json, or why that cannot be had.
  public let local: Result<BlockDescription, any Error>
  /// Bytes of index and segments; 0 where they could not be looked at.
  public let size: UInt64

  init(folder: BlockFolder, local: Result<BlockDescription, any Error>, size: UInt64) {
    self.folder = folder
    self.local = local
    self.size = size
  }

  /// Looks at a block on disk. Blocks.
  init(_ folder: BlockFolder) {
    let files = (try? folder.files())?.filter { Self.isSent($0.path) } ?? []
    self.init(
      folder: folder, local: Result { try BlockDescription(try folder.readMeta(), file: folder.metaPath) },
      size: files.reduce(0) { $0 &+ $1.size })
  }

  /// Whether a file of a block becomes an object as it is.
  static func isSent(_ path: String) -> Bool { path == BlockFolder.indexName || path.hasPrefix(BlockFolder.chunksName) }
}
