import Console
import Quantities
import Thanos

extension CapacityPlan {
  var todayTable: Table {
    var table = Table([
      Table.Column("LABELS", key: "labels"), Table.Column("BLOCKS", key: "blocks", .right),
      Table.Column("DAYS", key: "covered_days", .right), Table.Column("UNTIL", key: "until"),
      Table.Column("SAMPLES/DAY", key: "samples_per_day", .right), Table.Column("BYTES/DAY", key: "bytes_per_day", .right),
      Table.Column("SERIES", key: "active_series", .right), Table.Column("CHURN/DAY", key: "churn_series_per_day", .right),
      Table.Column("INDEX", key: "index_share", .right),
      Table.Column("GROWTH %/MONTH", key: "growth_percent_per_month", .right),
      Table.Column("LOW", key: "growth_low_percent_per_month", .right),
      Table.Column("HIGH", key: "growth_high_percent_per_month", .right),
      Table.Column("SERIES %/MONTH", key: "series_growth_percent_per_month", .right),
      Table.Column("LOW", key: "series_growth_low_percent_per_month", .right),
      Table.Column("HIGH", key: "series_growth_high_percent_per_month", .right), Table.Column("ENDED", key: "has_ended"),
      Table.Column("FROM", key: "basis"), Table.Column("CHURN FROM", key: "churn_basis"),
    ])
    for usage in usages {
      table.append(
        [
          .text("\(usage.labels)"), .count(usage.blocks), .decimal(usage.coveredDays, places: 1), .time(usage.newest),
          .count(rounding: usage.samples.level), .bytes(rounding: usage.bytes.level), .integer(usage.activeSeries),
          usage.churn.map { .count(rounding: $0.seriesPerDay) } ?? .empty, .decimal(usage.indexShare, places: 3),
        ] + Self.growth(usage.bytes) + Self.growth(usage.series)
          + [.boolean(usage.hasEnded), .text(usage.basis), usage.churn.map { .text($0.basis) } ?? .empty])
    }
    return table
  }

  /// All label sets that still bring data. Bounds are added up, as if all were at theirs at once.
  var totalRow: [Cell] {
    let live = usages.filter { !$0.hasEnded }
    func sum(_ value: (SetUsage) -> Double) -> Double { live.reduce(0) { $0 + value($1) } }
    let churn = live.compactMap(\.churn?.seriesPerDay)
    let bytes = sum(\.bytes.level)
    return [
      .text("all"), .count(rounding: sum { Double($0.blocks) }), .empty, .time(now), .count(rounding: sum(\.samples.level)),
      .bytes(rounding: bytes), .count(rounding: sum { Double($0.activeSeries) }),
      churn.isEmpty ? .empty : .count(rounding: churn.reduce(0, +)),
      bytes > 0 ? .decimal(sum { $0.indexShare * $0.bytes.level } / bytes, places: 3) : .empty,
    ] + Self.growth(Self.joined(live.map(\.bytes))) + Self.growth(Self.joined(live.map(\.series))) + [
      .boolean(live.isEmpty), .text("\(live.count) of \(usages.count) label sets, those that have not ended"),
    ]
  }

  var todayNotes: [String] {
    var notes: [String] = []
    if usages.isEmpty { notes.append("There is no raw block that lasts: nothing can be said of what arrives.") }
    if usages.contains(where: { $0.bytes.slope == nil }) {
      notes.append("Growth shows in three blocks or more over two weeks or more: where there are fewer it is taken for none, save with --growth.")
    }
    if churn.unread > 0 {
      notes.append(
        "Churn of \(churn.unread) label set\(churn.unread == 1 ? "" : "s") would take reading \(ByteSize.text(churn.unreadBytes))"
          + " of indexes: --churn does.")
    }
    for failure in churn.failures { notes.append("Churn of \(failure.labels) is not known: \(failure.reason)") }
    if usages.contains(where: \.hasEnded) {
      notes.append("ENDED: nothing has come for \(Int(SetUsage.silence)) days, and nothing is expected to come.")
    }
    return notes
  }

  private static func joined(_ trends: [Trend]) -> Trend {
    let slopes = trends.compactMap(\.slope)
    let slope = Trend.Slope(
      value: slopes.reduce(0) { $0 + $1.value }, low: slopes.reduce(0) { $0 + $1.low },
      high: slopes.reduce(0) { $0 + $1.high })
    return Trend(
      level: trends.reduce(0) { $0 + $1.level }, slope: slopes.isEmpty ? nil : slope, points: trends.reduce(0) { $0 + $1.points })
  }

  /// Of today's level, in percent, with the bounds.
  private static func growth(_ trend: Trend) -> [Cell] {
    guard let slope = trend.slope, trend.level > 0 else { return [.empty, .empty, .empty] }
    return [slope.value, slope.low, slope.high].map {
      .decimal($0 * PlanTime.monthDays / trend.level * 100, places: 2)
    }
  }
}
