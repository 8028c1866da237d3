/// What an index holds, counted.
public struct IndexCounts: Equatable, Sendable {
  /// Series entries that could be read.
  public internal(set) var series: UInt64 = 0
  /// The chunks that the index names.
  public internal(set) var chunks = ChunkSet()
  /// The same chunks with their times.
  public internal(set) var timedChunks = ChunkSet()
  /// The last of the segments that hold them, from 0; `nil` for an index without chunks.
  public internal(set) var lastSegment: UInt64?
  /// Whether these are the counts of the whole index.
  public internal(set) var isComplete = false

  public init() {}
}
