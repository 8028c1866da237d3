import TSDB

/// A chunk as the index has it: where it lies, and what the one series that it belongs to is counted with.
struct ChunkOwner: Equatable, Sendable {
  /// Place of the segment << 32 | offset of the chunk in it.
  let reference: UInt64
  /// From the first to the last sample, ms.
  let span: UInt64
  /// Number of the group, or `SeriesGroups.none`.
  let group: UInt32
  /// Whether the distances between its samples are looked at: of the first chunks of a group and then of every 64th.
  let isProbe: Bool
}
