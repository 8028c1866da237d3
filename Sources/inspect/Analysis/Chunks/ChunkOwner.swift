import TSDB

/// A chunk as the index has it: where it lies, and what the one series that it belongs to is counted with.
struct ChunkOwner: Equatable, Sendable {
  /// Place of the segment << 32 | offset of the chunk in it.
  let reference: UInt64
  /// From the first to the last sample, ms.
  let span: UInt64
  /// Number of the group, or `SeriesGroups.none`.
  let group: UInt32
  /// As many chunks of the group as this one stands for when distances between samples are looked at; 0 where this is
  /// done for another one.
  let weight: UInt8
}
