import BlockBytes
import Platform
import Synchronization
import TSDB
import Thanos

/// What changed from one block to another: series that came and went, and the bytes they take up.
///
/// Series are sorted by their labels in both indexes, so that both are gone through side by side, once.
/// - Memory: 16 bytes a symbol, a window of 1 MiB of each index, and `DiffTotals`.
public struct BlockDiff: Sendable {
  public struct Metric: Equatable, Sendable {
    /// Empty for series without a name.
    public let name: String
    public let change: SeriesChange
  }

  public struct Label: Equatable, Sendable {
    public let name: String
    /// `nil` for the label name with whatever value.
    public let value: String?
    /// Series with it that came or went.
    public let churn: Churn
    /// Of a label name: how many of its values such series have.
    public let values: Int
  }

  public let all: SeriesChange
  /// By how much came and went, and then by growth.
  public let metrics: [Metric]
  /// By series that came and went.
  public let labels: [Label]
  public let pairs: [Label]

  /// - Parameters:
  ///   - limit: length of the list of pairs.
  /// - Throws: `TSDBError` for an index that is damaged or not sorted, `FileError`, `BucketError`, `CancellationError`.
  public init(from before: InspectedBlock, to after: InspectedBlock, limit: Int = IndexAnalysis.usualLimit) async throws {
    var left = try await DiffSide(before)
    var right = try await DiffSide(after)
    let order = try await BlockingPool.shared.run { [left, right] in
      try SymbolOrder((left.symbols, before.index.name), (right.symbols, after.index.name))
    }
    let name = Array("__name__".utf8)
    let leftName = try left.symbols.reference(of: name.rawBytes).map { order.place($0, isLeft: true) }
    let metricName = try leftName ?? right.symbols.reference(of: name.rawBytes).map { order.place($0, isLeft: false) }
    let sums = SharedTotals(DiffTotals(before: before, after: after, metricName: metricName))
    while try await left.fill(order, isLeft: true), try await right.fill(order, isLeft: false) {
      (left, right) = await BlockingPool.shared.run { [left, right] in
        var (left, right) = (left, right)
        sums.change { Self.join(&left, &right, &$0) }
        return (left, right)
      }
    }
    while try await left.fill(order, isLeft: true) {
      sums.change { totals in
        while let next = left.take() { totals.add(next.labels, before: next.series, after: nil) }
      }
    }
    while try await right.fill(order, isLeft: false) {
      sums.change { totals in
        while let next = right.take() { totals.add(next.labels, before: nil, after: next.series) }
      }
    }
    self = try await BlockingPool.shared.run {
      try sums.change { totals in
        totals.finish()
        return try BlockDiff(totals, order, limit)
      }
    }
  }

  /// Goes on until one side has nothing left of what it holds.
  private static func join(_ left: inout DiffSide, _ right: inout DiffSide, _ totals: inout DiffTotals) {
    while let one = left.first, let other = right.first {
      switch one.order(comparedWith: other) {
      case ..<0:
        if let next = left.take() { totals.add(next.labels, before: next.series, after: nil) }
      case 0:
        if let next = left.take() { totals.add(next.labels, before: next.series, after: right.take()?.series) }
      default:
        if let next = right.take() { totals.add(next.labels, before: nil, after: next.series) }
      }
    }
  }

  private init(_ totals: DiffTotals, _ order: SymbolOrder, _ limit: Int) throws {
    all = totals.all
    metrics = try totals.metrics.map { place, change in
      Metric(name: place == DiffTotals.noMetric ? "" : try order.text(of: place), change: change)
    }.sorted { left, right in
      let (one, other) = (left.change, right.change)
      let (churn, otherChurn) = (one.series.came &+ one.series.went, other.series.came &+ other.series.went)
      return (otherChurn, other.growth.magnitude, left.name) < (churn, one.growth.magnitude, right.name)
    }
    var top = TopList<(LabelReference, Churn)>(limit)
    var names: [UInt32: (churn: Churn, values: Int)] = [:]
    for (pair, churn) in totals.pairs.sorted(by: { ($0.key.name, $0.key.value) < ($1.key.name, $1.key.value) }) {
      top.add(churn.series, (pair, churn))
      names[pair.name, default: (Churn(), 0)].churn.add(churn)
      names[pair.name]?.values += 1
    }
    pairs = try top.items.map { _, item in
      Label(name: try order.text(of: item.0.name), value: try order.text(of: item.0.value), churn: item.1, values: 1)
    }
    labels = try names.map { place, sum in
      Label(name: try order.text(of: place), value: nil, churn: sum.churn, values: sum.values)
    }.sorted { ($1.values, $1.churn.series, $0.name) < ($0.values, $0.churn.series, $1.name) }
  }
}

/// The sums, changed where they lie: handed from thread to thread as a value they would be copied for every window.
private final class SharedTotals: Sendable {
  private let totals: Mutex<DiffTotals>

  init(_ totals: DiffTotals) { self.totals = Mutex(totals) }

  func change<Result: Sendable>(_ body: (inout DiffTotals) throws -> Result) rethrows -> Result {
    try totals.withLock { try body(&$0) }
  }
}

/// One of the two blocks, and its next series.
private struct DiffSide: Sendable {
  struct Next: Sendable {
    /// By places.
    let labels: [LabelReference]
    let series: ChosenSeries
  }

  private let file: String
  private var batches: SeriesBatches
  private var held: [Next] = []
  private var place = 0
  private var last: [LabelReference] = []

  init(_ block: InspectedBlock) async throws {
    file = block.index.name
    batches = try await SeriesBatches(block, SeriesChoice())
  }

  var symbols: SymbolTable { batches.symbols }

  var first: [LabelReference]? { place < held.count ? held[place].labels : nil }

  mutating func take() -> Next? {
    guard place < held.count else { return nil }
    defer { place += 1 }
    return held[place]
  }

  /// Reads on where nothing is held.
  /// - Returns: whether there is a series.
  mutating func fill(_ order: SymbolOrder, isLeft: Bool) async throws -> Bool {
    guard place >= held.count else { return true }
    (held, place) = ([], 0)
    guard let batch = try await batches.next() else { return false }
    (held, last) = try await BlockingPool.shared.run { [last, file] in
      var (held, last): ([Next], [LabelReference]) = ([], last)
      held.reserveCapacity(batch.count)
      for series in batch {
        let labels = order.places(series.labels, isLeft: isLeft)
        guard last.isEmpty || last.order(comparedWith: labels) < 0 else {
          throw TSDBError(
            code: .malformed, file: file, offset: series.reference, expected: "series in the order of their labels")
        }
        held.append(Next(labels: labels, series: series))
        last = labels
      }
      return (held, last)
    }
    return true
  }
}

extension Array<LabelReference> {
  /// Below 0 where these labels sort before others: name, value, name, value, and the shorter one first.
  fileprivate func order(comparedWith other: [LabelReference]) -> Int {
    for (left, right) in zip(self, other) where left != right {
      return (left.name, left.value) < (right.name, right.value) ? -1 : 1
    }
    return count - other.count
  }
}
