import TSDB

/// Holds what index and segments count against each other and against meta.json.
struct CountsCheck {
  let meta: BlockMeta?
  let index: IndexCheck
  /// `nil` when not every segment could be read to its end: then nothing can be said of the whole.
  let chunksInSegments: ChunkSet?

  func run(indexName: String, metaName: String, _ report: inout BlockReport) {
    // What is damaged has its findings; comparing its counts would only repeat them in other words.
    guard index.isComplete else { return }
    if let stats = meta?.stats {
      if stats.series != Int64(clamping: index.series) {
        report.find(.countMismatch, file: metaName, "meta.json says \(stats.series) series, the index has \(index.series)")
      }
      if stats.chunks != Int64(clamping: index.chunks.count) {
        report.find(
          .countMismatch, file: metaName, "meta.json says \(stats.chunks) chunks, the index names \(index.chunks.count)")
      }
    }
    guard let held = chunksInSegments, held != index.chunks else { return }
    if held.count != index.chunks.count {
      report.find(
        .countMismatch, file: indexName,
        "the index names \(index.chunks.count) chunks, the segments hold \(held.count)")
    } else {
      report.find(
        .chunkMissing, file: indexName,
        "the index names chunks at places where the segments have none (\(held.count) in number on both sides)")
    }
  }
}
