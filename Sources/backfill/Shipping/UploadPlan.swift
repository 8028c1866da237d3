public import TSDB
public import Thanos

/// What is to happen with each block of a source, and why.
public struct UploadPlan: Sendable {
  /// Oldest first, by the time of the data; blocks whose time is unknown come last.
  public internal(set) var blocks: [PlannedBlock]
  /// Folders that Prometheus left half-made or half-deleted.
  public let leftovers: [String]
  /// Why nobody can say whether there are more blocks: the rest of the source could not be read.
  public internal(set) var damage: (any Error)?
  /// Where the newest data ends that the bucket has of the labels and resolutions of the uploads, ms since 1970; `nil`
  /// where it has none.
  public internal(set) var bucketEnd: Int64?

  /// What it was made from.
  var contents: SourceContents?

  public var uploads: [PlannedBlock] { blocks.filter(\.decision.isUpload) }
  /// Bytes of all blocks that are to be sent.
  public var uploadSize: UInt64 { uploads.reduce(0) { $0 &+ $1.size } }
}

public struct PlannedBlock: Sendable {
  public let block: LocalBlock
  public internal(set) var decision: Decision
  public internal(set) var warnings: [PlanWarning] = []

  init(_ block: LocalBlock, _ decision: Decision) {
    self.block = block
    self.decision = decision
  }

  public var folder: BlockFolder { block.folder }
  public var ulid: ULID { block.ulid }
  /// `nil` when meta.json could not be read; the decision then is `.corrupt`, or `.notSelected`.
  public var local: BlockDescription? { block.local }
  /// Bytes of index and segments.
  public var size: UInt64 { block.size }
}
