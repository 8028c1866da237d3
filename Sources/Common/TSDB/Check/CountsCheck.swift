/// Holds what index and segments count against each other and against meta.json.
public struct CountsCheck: Sendable {
  private let meta: BlockMeta?
  private let index: IndexCheck
  private let chunksInSegments: ChunkSet?

  /// - Parameter chunksInSegments: `nil` when not every segment was read to its end: then nothing can be said of the
  ///   whole.
  public init(meta: BlockMeta?, index: IndexCheck, chunksInSegments: ChunkSet?) {
    self.meta = meta
    self.index = index
    self.chunksInSegments = chunksInSegments
  }

  public func run(indexName: String, metaName: String, _ faults: inout FaultList) {
    // What is damaged has its faults; comparing its counts would only repeat them in other words.
    guard index.isComplete else { return }
    if let stats = meta?.stats {
      if stats.series != Int64(clamping: index.series) {
        faults.append(
          BlockFault(
            .countMismatch, file: metaName, "meta.json says \(stats.series) series, the index has \(index.series)"))
      }
      if stats.chunks != Int64(clamping: index.chunks.count) {
        faults.append(
          BlockFault(
            .countMismatch, file: metaName,
            "meta.json says \(stats.chunks) chunks, the index names \(index.chunks.count)"))
      }
    }
    guard let held = chunksInSegments, held != index.chunks else { return }
    if held.count != index.chunks.count {
      faults.append(
        BlockFault(
          .countMismatch, file: indexName,
          "the index names \(index.chunks.count) chunks, the segments hold \(held.count)"))
    } else {
      faults.append(
        BlockFault(
          .chunkMissing, file: indexName,
          "the index names chunks at places where the segments have none (\(held.count) in number on both sides)"))
    }
  }
}
