import Quantities
public import TSDB

/// What a person should know of a block before it goes in.
public enum PlanWarning: Sendable, CustomStringConvertible {
  /// Samples that were deleted from so many series come back.
  /// - minTime, maxTime: ms since 1970, inclusive.
  case lostTombstones(series: Int, minTime: Int64, maxTime: Int64)
  case unreadableTombstones(any Error)
  /// What Thanos' compactor will never do with it, in words.
  case range(String)
  /// It goes in beside newer data of the same labels and resolution (thanos#2753).
  /// - until: where the newest of them ends, ms since 1970.
  case olderThanBucket(newest: ULID, until: Int64)
  /// It goes in although it overlaps others.
  case overlaps([OverlappingBlock])

  public var description: String {
    switch self {
    case .lostTombstones(let series, let minTime, let maxTime):
      "deletions of \(series) series from \(Timestamp.text(minTime)) to \(Timestamp.text(maxTime)) get lost, as Thanos"
        + " knows no tombstones: those samples come back (promtool's or Prometheus' clean_tombstones removes them for good)"
    case .unreadableTombstones(let error): "its tombstones cannot be read, what was deleted may come back: \(error)"
    case .range(let words): words
    case .olderThanBucket(let newest, let until):
      "older than the newest data in the bucket (\(newest), until \(Timestamp.text(until))): the compactor may have"
        + " planned around the gap already"
    case .overlaps(let others):
      "overlaps \(others.map(\.description).joined(separator: " and ")); Thanos needs vertical compaction for that"
    }
  }
}
