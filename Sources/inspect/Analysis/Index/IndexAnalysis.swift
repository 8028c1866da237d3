import Platform
import TSDB
public import Thanos

/// What an index holds and what it costs: all that `promtool tsdb analyze` says of it, and the bytes by section, metric
/// and label.
///
/// Made in one pass over the series, and one over symbols and postings offset table; no postings list is read, since
/// their lengths follow from the series.
public struct IndexAnalysis: Sendable {
  public struct Section: Equatable, Sendable {
    public let name: String
    public let bytes: UInt64
  }

  /// A label name.
  public struct Label: Equatable, Sendable {
    public let name: String
    public let values: UInt64
    public let series: UInt64
    /// Bytes of all values.
    public let valueLength: UInt64
    /// Whole series' worth of time that is not covered, see `churningPairs`.
    public let churn: UInt64
    public let cost: IndexCost
  }

  /// The series with the same `__name__`.
  public struct Metric: Equatable, Sendable {
    /// Empty for series without a name.
    public let name: String
    public let series: UInt64
    public let chunks: UInt64
    public let cost: IndexCost
  }

  /// A line of a list: `job=api` and how much.
  public struct Item: Equatable, Sendable {
    public let text: String
    public let value: UInt64
  }

  public let version: UInt8
  public let sections: [Section]
  public let symbols: Int
  /// Of the longest symbol.
  public let longestSymbol: Int
  public let series: UInt64
  public let chunks: UInt64
  /// Unique label pairs, and how often a pair stands in a series.
  public let pairs: Int
  public let pairEntries: UInt64
  /// All of them, sorted by their bytes in all.
  public let labels: [Label]
  public let metrics: [Metric]
  /// Label pairs of series that do not last the whole block: by how many blocks' lengths of time their series leave
  /// uncovered, rounded down, as promtool has it.
  public let churningPairs: [Item]
  /// By number of series.
  public let commonPairs: [Item]

  public var bytes: UInt64 { sections.reduce(0) { $0 + $1.bytes } }

  /// What no metric costs alone: symbols that several have, heads of lists, padding, and all that a selector left out.
  public var sharedByMetrics: IndexCost { rest(beside: metrics.map(\.cost)) }
  /// What no label costs alone: the same, the list of all series, and of series entries what says where chunks are.
  public var sharedByLabels: IndexCost { rest(beside: labels.map(\.cost)) }

  private func rest(beside costs: [IndexCost]) -> IndexCost {
    func bytes(_ names: Set<String>) -> UInt64 { sections.reduce(0) { names.contains($1.name) ? $0 &+ $1.bytes : $0 } }
    var rest = IndexCost(
      series: bytes(["series"]), postings: bytes(["postings", "postings offset table"]), symbols: bytes(["symbols"]))
    for cost in costs {
      rest.series &-= min(rest.series, cost.series)
      rest.postings &-= min(rest.postings, cost.postings)
      rest.symbols &-= min(rest.symbols, cost.symbols)
    }
    return rest
  }
}

extension IndexAnalysis {
  /// Rows of each list, as promtool prints them.
  public static let usualLimit = 20

  /// Analyses the index of a block.
  /// - Parameters:
  ///   - selector: leaves out the series that do not match.
  ///   - limit: length of the lists of pairs.
  /// - Throws: `TSDBError` for one that is damaged, `FileError`, `BucketError`.
  public init(of block: InspectedBlock, matching selector: LabelSelector? = nil, limit: Int = usualLimit) async throws {
    let index = try await block.index()
    let (symbols, table) = try await BlockingPool.shared.run { (try index.symbols(), try index.postingsTable()) }
    let metricName = try symbols.reference(of: Array("__name__".utf8).rawBytes)
    let range = block.range
    async let strings = BlockingPool.shared.run { try IndexStrings(symbols, table) }
    var named: [UInt32]?
    if let selector { named = try await block.seriesNamed(by: selector, index, table) }
    let sums = try await block.reduceSeries(of: index, table, only: named, threads: Self.threads(pairs: table.count)) {
      SelectedTotals(
        totals: IndexTotals(range: range, metricName: metricName, index),
        matcher: try selector.map { try SeriesMatcher($0, symbols) })
    } _: { sum, entry in
      try sum.add(entry)
    }
    let held = try await strings
    self = try await BlockingPool.shared.run {
      try IndexAnalysis(index, symbols, Self.merged(sums.map(\.totals)), held, range: range, limit: limit)
    }
  }

  /// Each thread counts all pairs that pass by for itself: as many threads as keep that below some 64 MiB.
  private static func threads(pairs: Int) -> Int { max(1, min(4, (64 << 20) / (40 * max(1, pairs)))) }

  private static func merged(_ sums: [IndexTotals]) -> IndexTotals {
    var sums = sums[...]
    var totals = sums.removeFirst()
    totals.finish()
    for var other in sums {
      other.finish()
      totals.merge(other)
    }
    return totals
  }

  /// - Parameters:
  ///   - index: with header, symbols, postings offset table and table of contents.
  ///   - totals: over its series, or some of them.
  ///   - range: of the block, ms.
  ///   - limit: length of the lists of pairs.
  /// - Throws: `TSDBError`.
  init(
    _ index: Index, _ symbols: SymbolTable, _ totals: IndexTotals, _ strings: IndexStrings, range: UInt64, limit: Int
  ) throws {
    let sizes = strings.sizes
    let costs = IndexCosts(totals, sizes, rows: strings.rows)
    version = index.version
    sections = Self.sections(of: index)
    self.symbols = symbols.count
    longestSymbol = sizes.longest
    (series, chunks) = (totals.series, totals.chunks)
    (pairs, pairEntries) = (totals.pairs.count, totals.labels)
    labels = try costs.labels.map { try Label($0.value, name: symbols.text(of: $0.key), range: range) }.sorted {
      ($1.cost.total, $0.name) < ($0.cost.total, $1.name)
    }
    metrics = try totals.metrics.map { number, metric in
      let name = number == IndexTotals.noMetric ? "" : try symbols.text(of: totals.pairs.labels[Int(number)].value)
      let cost = costs.metrics[number] ?? IndexCost()
      return Metric(name: name, series: metric.series, chunks: metric.chunks, cost: cost)
    }.sorted { ($1.cost.total, $0.name) < ($0.cost.total, $1.name) }
    churningPairs = try Self.top(totals, symbols, limit) { Self.churn(totals.pairUncovered[$0], range) }
    commonPairs = try Self.top(totals, symbols, limit) { UInt64(totals.pairSeries[$0]) }
  }

  private static func top(
    _ totals: IndexTotals, _ symbols: SymbolTable, _ limit: Int, _ value: (Int) -> UInt64
  ) throws -> [Item] {
    var top = TopList<LabelReference>(limit)
    for (number, label) in totals.pairs.labels.enumerated() { top.add(value(number), label) }
    return try top.items.map { value, label in
      Item(text: "\(try symbols.text(of: label.name))=\(try symbols.text(of: label.value))", value: value)
    }
  }

  /// As promtool rounds it.
  fileprivate static func churn(_ uncovered: UInt64, _ range: UInt64) -> UInt64 {
    range == 0 ? 0 : UInt64(exactly: (Double(uncovered) / Double(range)).rounded(.down)) ?? 0
  }

  private static func sections(of index: Index) -> [Section] {
    let names: [(TableOfContents.Section, String)] = [
      (.header, "header"), (.symbols, "symbols"), (.series, "series"), (.labelIndices, "label indices"),
      (.postings, "postings"), (.labelIndicesTable, "label offset table"), (.postingsTable, "postings offset table"),
      (.tableOfContents, "table of contents"),
    ]
    return names.map { Section(name: $1, bytes: UInt64(index.tableOfContents.range(of: $0).count)) }
  }
}

extension IndexAnalysis.Label {
  fileprivate init(_ totals: LabelTotals, name: String, range: UInt64) {
    self.name = name
    (values, series, valueLength, cost) = (totals.values, totals.series, totals.valueLength, totals.cost)
    churn = IndexAnalysis.churn(totals.uncovered, range)
  }
}

/// Sums over the series that match.
private struct SelectedTotals: Sendable {
  var totals: IndexTotals
  var matcher: SeriesMatcher?

  mutating func add(_ entry: borrowing SeriesEntry) throws {
    if try matcher?.matches(entry) ?? true { totals.add(entry) }
  }
}
