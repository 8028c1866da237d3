import TSDB

/// Bytes that something takes up in an index, by where they lie.
public struct IndexCost: Equatable, Sendable {
  /// In series entries, padding included where a whole series is meant.
  public internal(set) var series: UInt64 = 0
  /// In postings lists and the postings offset table.
  public internal(set) var postings: UInt64 = 0
  /// In the symbol table, of the strings that nothing else needs: what would go with it.
  public internal(set) var symbols: UInt64 = 0

  public var total: UInt64 { series &+ postings &+ symbols }
}

/// What an index has of one label name.
struct LabelTotals: Sendable {
  var cost = IndexCost()
  var values: UInt64 = 0
  /// Series that have the label.
  var series: UInt64 = 0
  /// Bytes of all values, without their lengths.
  var valueLength: UInt64 = 0
  /// Milliseconds that the series with the label leave uncovered, all together.
  var uncovered: UInt64 = 0
}

/// Works out from the sums over the series what metrics and labels cost.
struct IndexCosts {
  /// By symbol of the label's name.
  private(set) var labels: [UInt32: LabelTotals] = [:]
  /// By number of the pair with `__name__`.
  private(set) var metrics: [UInt32: IndexCost] = [:]

  /// - Parameter rows: bytes of the postings offset table's rows by symbol of the label's name.
  init(_ totals: IndexTotals, _ sizes: SymbolSizes, rows: [UInt32: UInt64]) {
    var owners = SymbolOwners(count: sizes.count)
    for (number, label) in totals.pairs.labels.enumerated() {
      let series = UInt64(totals.pairSeries[number])
      let references = UInt64(Varint.size(UInt64(label.name)) &+ Varint.size(UInt64(label.value)))
      let length = sizes.length(of: label.value)
      Self.add(to: &labels[label.name, default: LabelTotals()]) { label in
        label.cost.series &+= references &* series
        // A list has its length, its number of series, and a checksum.
        label.cost.postings &+= 12 &+ 4 &* series
        label.values &+= 1
        label.series &+= series
        label.valueLength &+= length
        label.uncovered &+= totals.pairUncovered[number]
      }
      if let symbol = sizes.number(of: label.value) {
        owners.use(symbol, name: label.name, metric: totals.pairMetric[number])
      }
    }
    for (name, bytes) in rows { labels[name]?.cost.postings &+= bytes }
    for (number, metric) in totals.metrics {
      // Each series stands in the list of each of its labels, and in that of all.
      metrics[number] = IndexCost(series: metric.entryBytes, postings: 4 &* (metric.labels &+ metric.series))
    }
    for name in labels.keys {
      // Its own label needs it, and no metric alone: it may be a value elsewhere.
      if let symbol = sizes.number(of: name) { owners.use(symbol, name: name, metric: IndexTotals.manyMetrics) }
    }
    owners.forEach { symbol, name, metric in
      if let name { labels[name]?.cost.symbols &+= UInt64(sizes.sizes[symbol]) }
      if let metric { metrics[metric]?.symbols &+= UInt64(sizes.sizes[symbol]) }
    }
  }

  /// So that the dictionary is looked into once.
  @inline(__always)
  private static func add(to label: inout LabelTotals, _ body: (inout LabelTotals) -> Void) { body(&label) }
}

/// Who needs each symbol, as long as it is one.
private struct SymbolOwners {
  private static let nobody = UInt32.max - 2
  private static let many = IndexTotals.manyMetrics

  private var names: [UInt32]
  private var metrics: [UInt32]

  init(count: Int) {
    names = Array(repeating: Self.nobody, count: count)
    metrics = names
  }

  mutating func use(_ symbol: Int, name: UInt32, metric: UInt32) {
    names[symbol] = names[symbol] == Self.nobody || names[symbol] == name ? name : Self.many
    metrics[symbol] = metrics[symbol] == Self.nobody || metrics[symbol] == metric ? metric : Self.many
  }

  func forEach(_ body: (_ symbol: Int, _ name: UInt32?, _ metric: UInt32?) -> Void) {
    for symbol in names.indices {
      let (name, metric) = (names[symbol], metrics[symbol])
      body(symbol, name < Self.nobody ? name : nil, metric == Self.many || metric == Self.nobody ? nil : metric)
    }
  }
}
