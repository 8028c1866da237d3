import BlockBytes
import Platform
import TSDB
import Thanos

/// What the chunks of a block hold, and which series their bytes belong to.
///
/// Made in one pass over the index and one over the segments, side by side.
///
/// - Memory: some 50 MiB, and about 100 bytes a group.
public struct ChunkAnalysis: Sendable {
  /// The series with the same values of the labels that were asked for.
  public struct Group: Sendable {
    /// Values of these labels; `nil` where the series have none.
    public let values: [String?]
    public let series: UInt64
    public let chunks: UInt64
    /// 0 where only the index was read.
    public let samples: UInt64
    /// In the segments.
    public let bytes: UInt64
    /// Of series entries in the index.
    public let entryBytes: UInt64
    public let interval: ScrapeInterval?
  }

  public let question: ChunkQuestion
  /// In the order of their numbers; empty where only the index was read.
  public let encodings: [EncodingTotals]
  public let aggregates: [AggregateTotals]
  /// By falling number of bytes.
  public let groups: [Group]
  public let interval: ScrapeInterval?
  public let damage: ChunkDamage
  /// Bytes of all segments.
  public let segmentBytes: UInt64
  /// Chunks of the segments that the index does not have, and their bytes.
  public let unowned: UInt64
  public let unownedBytes: UInt64
  /// Chunks that more than one series has: they count for the first.
  public let sharedChunks: UInt64
  public let compression: [CompressionTrial.Result]

  public var chunks: UInt64 { groups.reduce(0) { $0 &+ $1.chunks } }
  public var samples: UInt64 { groups.reduce(0) { $0 &+ $1.samples } }
  public var bytes: UInt64 { groups.reduce(0) { $0 &+ $1.bytes } }
  public var series: UInt64 { groups.reduce(0) { $0 &+ $1.series } }

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
    let names = try question.labels.map { try symbols.reference(of: Array($0.utf8).rawBytes) }
    func reading() throws -> OwnerReading {
      OwnerReading(
        index, groups: SeriesGroups(names: names), matcher: try question.selector.map { try SeriesMatcher($0, symbols) })
    }
    func run(isInOrder: Bool) async throws -> Sums {
      let owners = try OwnerWalk(block, index, try reading(), isInOrder: isInOrder)
      if question.readsIndexOnly {
        return Sums(owners: owners, sums: ChunkSums(), findings: try await ReferenceGaps(block, owners).run())
      }
      let (sums, findings) = try await SegmentJoin(block, owners).run()
      return Sums(owners: owners, sums: sums, findings: findings)
    }
    var all: Sums
    do {
      all = try await run(isInOrder: true)
    } catch is OwnerWalk.OtherOrder {
      all = try await run(isInOrder: false)
    }
    let compression = question.triesCompression ? try await CompressionTrial.run(block) : []
    self = try await BlockingPool.shared.run { [all] in try ChunkAnalysis(question, all, symbols, compression) }
  }

  private struct Sums: Sendable {
    let owners: OwnerWalk
    let sums: ChunkSums
    let findings: SegmentJoin.Findings
  }

  private init(
    _ question: ChunkQuestion, _ all: Sums, _ symbols: SymbolTable, _ compression: [CompressionTrial.Result]
  ) throws {
    self.question = question
    encodings = all.sums.encodings.sorted { $0.encoding < $1.encoding }
    aggregates = all.sums.aggregates.sorted {
      ($0.aggregate.rawValue, $0.encoding) < ($1.aggregate.rawValue, $1.encoding)
    }
    interval = all.sums.intervals.mostCommon
    (damage, segmentBytes) = (all.findings.damage, all.findings.bytes)
    (unowned, unownedBytes) = (all.findings.unowned, all.findings.unownedBytes)
    sharedChunks = all.owners.sharedChunks
    self.compression = compression
    let reading = all.owners.reading
    var groups: [Group] = []
    groups.reserveCapacity(reading.groups.count)
    for number in 0..<reading.groups.count {
      let totals = number < all.findings.groups.count ? all.findings.groups[number] : GroupTotals()
      let values = try reading.groups.values(of: number).map { value in
        value == SeriesGroups.missing ? nil : try symbols.text(of: value)
      }
      groups.append(
        Group(
          values: values, series: UInt64(reading.series[number]), chunks: totals.chunks, samples: totals.samples,
          bytes: totals.bytes, entryBytes: reading.entryBytes[number], interval: totals.intervals.mostCommon))
    }
    self.groups = groups.sorted { left, right in
      if left.bytes != right.bytes { return left.bytes > right.bytes }
      return left.values.lexicographicallyPrecedes(right.values) { ($0 ?? "") < ($1 ?? "") }
    }
  }
}
