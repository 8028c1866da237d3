/// What an index was found to hold, and what is wrong with it.
public struct IndexFindings: Sendable {
  /// Faults that are about a series do not have its name yet, see `IndexNames`.
  public var faults: FaultList
  public let counts: IndexCounts
  /// Where series are, for tombstones.
  public let series: SeriesSet
  /// Neighbouring chunks of a series that have the same times.
  public let twins: ChunkTwins
  let context: IndexContext
  let contents: TableOfContents?

  init(_ context: IndexContext, _ contents: TableOfContents?) {
    self.context = context
    self.contents = contents
    faults = context.faults
    counts = context.counts
    series = context.series
    twins = context.twins
  }

  /// Whether its sections could be found.
  public var isReadable: Bool { contents != nil }

  /// Whether the series of a chunk can be looked for.
  public var leadsToSeries: Bool { contents != nil && context.seriesAreIntact && context.symbols.isIntact }

  /// Bytes out of the middle of the index.
  public typealias Read = (Range<UInt64>) async throws -> [UInt8]

  /// The bytes of the series section.
  public var seriesRange: Range<UInt64> {
    contents.map { UInt64($0.range(of: .series).lowerBound)..<UInt64($0.range(of: .series).upperBound) } ?? 0..<0
  }
}
