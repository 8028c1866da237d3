import TSDB

/// Sums over the series of an index while they pass by.
///
/// - Memory: 28 bytes a label pair and 8 a slot, whatever the number of series and chunks (promtool keeps two integers
///   a chunk: prometheus/prometheus#10822).
struct IndexTotals: Sendable {
  /// Of a metric: the series with the same `__name__`.
  struct Metric: Sendable {
    var series: UInt64 = 0
    var chunks: UInt64 = 0
    /// Bytes of its series entries, padding included.
    var entryBytes: UInt64 = 0
    /// How many labels its series have, which is how often they stand in postings lists.
    var labels: UInt64 = 0
    /// Milliseconds since 1970.
    var minTime = Int64.max
    var maxTime = Int64.min
  }

  /// No series of one metric alone has the pair.
  static let manyMetrics = UInt32.max
  /// Of series without a `__name__`.
  static let noMetric = UInt32.max - 1

  /// Of the block, ms: what a series does not cover of it is what churn is measured by.
  private let range: UInt64
  /// The symbol `__name__`.
  private let metricName: UInt32?
  private let alignment: UInt64
  /// Of the series section: behind the last entry there is no padding.
  private let end: UInt64

  private(set) var pairs = LabelPairs()
  /// By number of the pair.
  private(set) var pairSeries: [UInt32] = []
  /// Milliseconds that the series with the pair leave uncovered, all together.
  private(set) var pairUncovered: [UInt64] = []
  /// The number of the pair with `__name__` of the only metric that has the pair.
  private(set) var pairMetric: [UInt32] = []
  /// By number of the pair with `__name__`, and `noMetric`.
  private(set) var metrics: [UInt32: Metric] = [:]
  private(set) var series: UInt64 = 0
  private(set) var chunks: UInt64 = 0
  private(set) var labels: UInt64 = 0

  /// The labels of the series before this one and their numbers: neighbours have most of them in common.
  private var lastLabels: [LabelReference] = []
  private var lastNumbers: [Int] = []
  private var metric = Metric()
  private var metricNumber = noMetric

  init(range: UInt64, metricName: UInt32?, _ index: Index) {
    (self.range, self.metricName) = (range, metricName)
    alignment = index.version == 1 ? 1 : 16
    end = UInt64(index.tableOfContents.range(of: .series).upperBound)
  }

  mutating func add(_ entry: borrowing SeriesEntry) {
    number(entry)
    var name = Self.noMetric
    for (place, label) in entry.labels.enumerated() where label.name == metricName {
      name = UInt32(truncatingIfNeeded: lastNumbers[place])
    }
    if name != metricNumber { change(to: name) }
    let covered = entry.chunks.last.map { UInt64(bitPattern: $0.maxTime &- entry.chunks[0].minTime) } ?? 0
    count(uncovered: range &- covered, name)
    series &+= 1
    chunks &+= UInt64(entry.chunks.count)
    labels &+= UInt64(entry.labels.count)
    metric.series &+= 1
    metric.chunks &+= UInt64(entry.chunks.count)
    metric.labels &+= UInt64(entry.labels.count)
    let next = (entry.offset &+ UInt64(entry.byteCount) &+ alignment &- 1) & ~(alignment &- 1)
    metric.entryBytes &+= min(next, end) &- entry.offset
    if let first = entry.chunks.first, let last = entry.chunks.last {
      metric.minTime = min(metric.minTime, first.minTime)
      metric.maxTime = max(metric.maxTime, last.maxTime)
    }
  }

  /// Finds the numbers of the labels.
  @inline(__always)
  private mutating func number(_ entry: borrowing SeriesEntry) {
    let known = lastLabels.count
    for (place, label) in entry.labels.enumerated() {
      if place < known, lastLabels[place] == label { continue }
      let number = pairs.number(of: label)
      if number == pairSeries.count {
        pairSeries.append(0)
        pairUncovered.append(0)
        pairMetric.append(Self.manyMetrics)
      }
      if place < lastLabels.count {
        lastLabels[place] = label
        lastNumbers[place] = number
      } else {
        lastLabels.append(label)
        lastNumbers.append(number)
      }
    }
    if lastLabels.count > entry.labels.count {
      lastLabels.removeLast(lastLabels.count &- entry.labels.count)
      lastNumbers.removeLast(lastNumbers.count &- entry.labels.count)
    }
  }

  @inline(__always)
  private mutating func count(uncovered: UInt64, _ name: UInt32) {
    for number in lastNumbers {
      if pairSeries[number] == 0 { pairMetric[number] = name } else if pairMetric[number] != name {
        pairMetric[number] = Self.manyMetrics
      }
      pairSeries[number] &+= 1
      pairUncovered[number] &+= uncovered
    }
  }

  private mutating func change(to name: UInt32) {
    keep()
    metricNumber = name
    metric = metrics[name] ?? Metric()
  }

  private mutating func keep() { if metric.series > 0 { metrics[metricNumber] = metric } }

  /// To be called after the last series.
  mutating func finish() {
    keep()
    metric = Metric()
  }

  /// Takes in the sums over the series that come after these. Both have to be finished.
  mutating func merge(_ other: IndexTotals) {
    var numbers: [UInt32] = []
    numbers.reserveCapacity(other.pairs.count)
    for label in other.pairs.labels {
      let number = pairs.number(of: label)
      if number == pairSeries.count {
        pairSeries.append(0)
        pairUncovered.append(0)
        pairMetric.append(Self.manyMetrics)
      }
      numbers.append(UInt32(truncatingIfNeeded: number))
    }
    for (place, number) in numbers.enumerated() {
      let number = Int(number)
      let name = other.pairMetric[place]
      let metric = name < Self.noMetric ? numbers[Int(name)] : name
      if pairSeries[number] == 0 { pairMetric[number] = metric } else if pairMetric[number] != metric {
        pairMetric[number] = Self.manyMetrics
      }
      pairSeries[number] &+= other.pairSeries[place]
      pairUncovered[number] &+= other.pairUncovered[place]
    }
    for (name, metric) in other.metrics {
      metrics[name < Self.noMetric ? numbers[Int(name)] : name, default: Metric()].add(metric)
    }
    series &+= other.series
    chunks &+= other.chunks
    labels &+= other.labels
  }
}

extension IndexTotals.Metric {
  fileprivate mutating func add(_ other: Self) {
    series &+= other.series
    chunks &+= other.chunks
    entryBytes &+= other.entryBytes
    labels &+= other.labels
    minTime = min(minTime, other.minTime)
    maxTime = max(maxTime, other.maxTime)
  }
}
