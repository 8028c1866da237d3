import BlockBytes
import Platform
import TSDB

/// What the chunks of a block hold, and which series their bytes belong to.
///
/// Made in one pass over the index and one over the segments, side by side.
///
/// - Memory: some 50 MiB, and about 150 bytes for each of up to 131 072 groups; 16 MiB more to choose these.
public struct ChunkAnalysis: Sendable {
  public let question: ChunkQuestion
  /// In the order of their numbers; empty where only the index was read.
  public let encodings: [EncodingTotals]
  public let aggregates: [AggregateTotals]
  public let groups: GroupList
  public let interval: ScrapeInterval?
  public let damage: ChunkDamage
  /// Bytes of all segments.
  public let segmentBytes: UInt64
  /// Chunks of the segments that the index does not have, and their bytes. Not known where `question.isAboutSome`.
  public let unowned: UInt64
  public let unownedBytes: UInt64
  /// Chunks that more than one series has: they count for the first.
  public let sharedChunks: UInt64
  public let compression: [CompressionTrial.Result]

  /// Of all groups.
  public let series: UInt64
  public let chunks: UInt64
  public let samples: UInt64
  public let bytes: UInt64

  /// The sums over all encodings of a kind.
  public func totals(of kind: SampleKind) -> EncodingTotals? {
    let parts = encodings.filter { SampleKind($0.encoding) == kind }
    guard var sum = parts.first else { return nil }
    for part in parts.dropFirst() { sum.merge(part) }
    return sum
  }
}

extension ChunkAnalysis {
  /// Looks into the chunks of a block.
  /// - Throws: `TSDBError` for an index that is damaged, `FileError`, `BucketError`, `CancellationError`.
  public init(of block: InspectedBlock, _ question: ChunkQuestion = ChunkQuestion()) async throws {
    let index = try await block.index(holding: [.symbols])
    let symbols = try index.symbols()
    // As long as no groups are held: both take memory.
    let compression = question.triesCompression ? try await CompressionTrial.run(block) : []
    let answer = try await ChunkReading(block, question, index, symbols).run()
    let segmentBytes = block.segments.reduce(0) { $0 &+ $1.size }
    self = try await BlockingPool.shared.run {
      try ChunkAnalysis(question, answer, GroupList(answer, symbols), segmentBytes, compression)
    }
  }

  private init(
    _ question: ChunkQuestion, _ answer: ChunkReading.Answer, _ groups: GroupList, _ segmentBytes: UInt64,
    _ compression: [CompressionTrial.Result]
  ) {
    self.question = question
    encodings = answer.sums.encodings.sorted { $0.encoding < $1.encoding }
    aggregates = answer.sums.aggregates.sorted {
      ($0.aggregate.rawValue, $0.encoding) < ($1.aggregate.rawValue, $1.encoding)
    }
    interval = answer.sums.intervals.mostCommon
    (damage, self.segmentBytes) = (answer.findings.damage, segmentBytes)
    (unowned, unownedBytes) = (answer.findings.unowned, answer.findings.unownedBytes)
    sharedChunks = answer.sharedChunks
    self.groups = groups
    (series, chunks, samples, bytes) = groups.sums
    self.compression = compression
  }
}
