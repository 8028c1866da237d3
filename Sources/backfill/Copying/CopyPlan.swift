public import TSDB
public import Thanos

/// What is to happen with each block of a source that is meant, and why.
public struct CopyPlan: Sendable {
  /// Oldest first, by the time of the data; blocks whose time is unknown come last.
  public internal(set) var blocks: [PlannedCopy]
  /// Blocks of the source that are not meant.
  public let unselected: Int

  public var copies: [PlannedCopy] { blocks.filter(\.decision.isCopy) }
  /// Bytes of all blocks that are to be copied.
  public var copySize: UInt64 { copies.reduce(0) { $0 &+ $1.size } }
}

public struct PlannedCopy: Sendable {
  public let ulid: ULID
  /// `nil` when the source's meta.json is missing or cannot be read.
  public let description: BlockDescription?
  public internal(set) var decision: CopyDecision
  /// Bytes, meta.json left out; 0 where the source was not looked at so closely.
  public let size: UInt64
  /// What a person should know of it before it goes in.
  public internal(set) var warnings: [String] = []

  /// Of its data, ms since 1970; those of which it is not known come last.
  var start: Int64 { description?.meta.minTime ?? .max }
}
