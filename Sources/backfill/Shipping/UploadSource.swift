/// Where the blocks of a run come from: a data folder, or an archive of one.
public protocol UploadSource: Sendable {
  /// The folder or file, for messages.
  var path: String { get }

  /// Blocks that may be prepared and not released yet.
  var blocksAtATime: Int { get }

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
  public var blocks: [LocalBlock]
  /// Folders that Prometheus left half-made or half-deleted.
  public var leftovers: [String]
  /// Why nobody can say whether there are more blocks: the rest could not be read.
  public var damage: (any Error)?
}
