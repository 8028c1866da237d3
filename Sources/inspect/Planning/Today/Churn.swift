import Quantities
import TSDB
import Thanos

/// How many new series come up in a day.
public struct Churn: Equatable, Sendable {
  /// Series a day.
  public let seriesPerDay: Double
  /// How it was found.
  public let basis: String

  /// From two blocks of different lengths: the longer one has met as many more series as came up in the time that it
  /// is longer.
  /// - Returns: `nil` where all blocks are about equally long; only the index could tell then.
  init?(_ raw: [StoredBlock]) {
    // The longest, and of those the latest, is held against the nearest one of at most half its length.
    guard let long = raw.max(by: { ($0.days, $0.maxTime) < ($1.days, $1.maxTime) }),
      let short = raw.filter({ $0.days * 2 <= long.days }).min(by: { $0.distance(to: long) < $1.distance(to: long) })
    else { return nil }
    let more = Double(long.description.meta.stats.series) - Double(short.description.meta.stats.series)
    seriesPerDay = max(0, more / (long.days - short.days))
    basis =
      "\(Self.length(long)) with \(long.description.meta.stats.series) series against \(Self.length(short)) with"
      + " \(short.description.meta.stats.series)"
  }

  /// From the series that a block has and the one before it has not.
  /// - Parameter came: how many those are.
  init(came: UInt64, before: StoredBlock, after: StoredBlock) {
    let days = Double(after.maxTime - before.maxTime) / PlanTime.day
    seriesPerDay = days > 0 ? Double(came) / days : 0
    basis = "series by series: \(came) of \(after.description.ulid) are not in \(before.description.ulid)"
  }

  private static func length(_ block: StoredBlock) -> String {
    PrometheusDuration.text(.milliseconds(Int64((block.days * 24).rounded() * PlanTime.hour)))
  }
}

extension StoredBlock {
  /// Days between the middles of two blocks.
  fileprivate func distance(to other: StoredBlock) -> Double {
    abs((Double(minTime) + Double(maxTime) - Double(other.minTime) - Double(other.maxTime)) / 2 / PlanTime.day)
  }
}
