public import TSDB
public import Thanos

/// What is to come into a data folder, oldest first, and what is not.
public struct RestorePlan: Sendable {
  public var blocks: [PlannedRestore]
  /// One line each.
  public var warnings: [String] = []
  /// Blocks of the bucket that the selection does not mean.
  public var unselected = 0

  public var restores: [PlannedRestore] { blocks.filter(\.decision.isRestore) }

  /// Bytes of what is to come.
  public var size: UInt64 { restores.reduce(0) { $0 &+ $1.size } }
}

/// A block of the bucket with its decision.
public struct PlannedRestore: Sendable {
  public let ulid: ULID
  /// `nil` without a readable meta.json.
  public let description: BlockDescription?
  public var decision: RestoreDecision
  let contents: BlockContents?
  /// What is wrong with the bucket's copy of a block that the folder has whole.
  var damage: BlockContents.Refusal?
  /// Bytes of its meta.json.
  let metaSize: UInt64

  /// Bytes, as far as they are known.
  public var size: UInt64 { (contents?.size ?? 0) &+ metaSize }
}
