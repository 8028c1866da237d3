import TSDB

/// The series with the same values of the labels that were asked for.
public struct SeriesGroup: Sendable {
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

/// Groups by falling number of bytes. Each is made when it is looked at.
///
/// - Memory: some 150 bytes a group, and the symbols of the index.
public struct GroupList: RandomAccessCollection, Sendable {
  /// Sums over groups that are not told apart.
  public struct Others: Sendable {
    public let series: UInt64
    public let chunks: UInt64
    public let samples: UInt64
    public let bytes: UInt64
    public let entryBytes: UInt64
    /// None of them has more bytes.
    public let bound: UInt64
  }

  private let reading: OwnerReading
  private let totals: [GroupTotals]
  private let symbols: SymbolTable
  private let order: [UInt32]
  /// What was too much to be told apart.
  public let others: Others?

  public var startIndex: Int { 0 }
  public var endIndex: Int { order.count }

  /// - Throws: `TSDBError` for a value whose symbol cannot be read.
  init(_ answer: ChunkReading.Answer, _ symbols: SymbolTable) throws {
    let groups = answer.reading.groups
    let totals = answer.findings.groups
    for number in 0..<groups.count {
      for value in groups.values(of: number) where value != SeriesGroups.missing { _ = try symbols.bytes(of: value) }
    }
    // Of values with equal bytes the order is that of the symbols, and none comes first.
    order = (0..<UInt32(groups.count)).sorted { left, right in
      let (first, second) = (Self.totals(totals, Int(left)).bytes, Self.totals(totals, Int(right)).bytes)
      if first != second { return first > second }
      return groups.values(of: Int(left)).lexicographicallyPrecedes(groups.values(of: Int(right))) { $0 &+ 1 < $1 &+ 1 }
    }
    (reading, self.totals, self.symbols) = (answer.reading, totals, symbols)
    others = answer.bound.flatMap { bound in
      guard groups.count < answer.reading.series.count else { return nil }
      let sums = Self.totals(totals, groups.count)
      return Others(
        series: answer.reading.series[groups.count], chunks: sums.chunks, samples: sums.samples, bytes: sums.bytes,
        entryBytes: answer.reading.entryBytes[groups.count], bound: bound)
    }
  }

  /// Groups without chunks have none.
  private static func totals(_ totals: [GroupTotals], _ number: Int) -> GroupTotals {
    number < totals.count ? totals[number] : GroupTotals()
  }

  public subscript(place: Int) -> SeriesGroup {
    let number = Int(order[place])
    let sums = Self.totals(totals, number)
    let values = reading.groups.values(of: number).map { value in
      // Each could be read when the list was made.
      value == SeriesGroups.missing ? nil : try? symbols.text(of: value)
    }
    return SeriesGroup(
      values: values, series: number < reading.series.count ? reading.series[number] : 0, chunks: sums.chunks,
      samples: sums.samples, bytes: sums.bytes,
      entryBytes: number < reading.entryBytes.count ? reading.entryBytes[number] : 0,
      interval: sums.intervals.mostCommon)
  }

  /// The sums over all groups, those that are not told apart among them.
  var sums: (series: UInt64, chunks: UInt64, samples: UInt64, bytes: UInt64) {
    let series = reading.series.reduce(0, &+)
    return totals.reduce((series, 0, 0, 0)) { ($0.0, $0.1 &+ $1.chunks, $0.2 &+ $1.samples, $0.3 &+ $1.bytes) }
  }
}
