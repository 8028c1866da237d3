/// Holds what index and segments count against each other and against meta.json.
public struct CountsCheck: Sendable {
  private let stats: BlockMeta.Stats?
  private let index: IndexCounts

  public init(meta: BlockMeta?, index: IndexCounts) {
    stats = meta?.stats
    self.index = index
  }

  /// Holds meta.json against the index.
  public func run(metaName: String, _ faults: inout FaultList) {
    // What is damaged has its faults; comparing its counts would only repeat them in other words.
    guard index.isComplete, let stats else { return }
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

  /// Says in one fault that the chunks of the segments are not those that the index names.
  /// - Parameter chunks: of all segments, each of them read to its end.
  public func compare(_ held: ChunkSet, indexName: String, _ faults: inout FaultList) {
    guard index.isComplete, held != index.chunks else { return }
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

  /// Holds meta.json against what decoding all chunks told.
  public func compare(_ samples: SegmentSamples, metaName: String, _ faults: inout FaultList) {
    guard let stats, samples.areComplete else { return }
    if stats.samples != Int64(clamping: samples.samples) {
      faults.append(
        BlockFault(
          .countMismatch, file: metaName,
          "meta.json says \(stats.samples) samples, the chunks hold \(samples.samples)"))
    } else if stats.floatSamples &+ stats.histogramSamples == stats.samples,
      stats.histogramSamples != Int64(clamping: samples.histogramSamples)
    {
      // Downsampled blocks keep the raw block's split, so it is compared only where it adds up.
      faults.append(
        BlockFault(
          .countMismatch, file: metaName,
          "meta.json says \(stats.histogramSamples) histogram samples, the chunks hold \(samples.histogramSamples)"))
    }
  }
}
