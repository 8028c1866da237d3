/// The most common distance between two samples, and how common it is.
public struct ScrapeInterval: Equatable, Sendable {
  /// Milliseconds.
  public let milliseconds: UInt32
  /// Of all distances, by those that were looked at, 0…1.
  public let share: Double
}

/// Counts distances between samples, so that the most common one is found whatever gaps lie between, and although
/// scrapes come some milliseconds early or late: a distance counts for the nearest second, below ten seconds for the
/// nearest 100 ms, below one for the nearest 10 ms, below 100 ms for itself.
struct IntervalCounts: Sendable {
  /// Distances that are told apart; what comes when there are more counts, but for none of them.
  private static let limit = 4096

  private var counts: [UInt32: UInt64] = [:]
  private(set) var total: UInt64 = 0

  static func rounded(_ milliseconds: UInt64) -> UInt32 {
    let unit: UInt64 =
      switch milliseconds {
      case ..<100: 1
      case ..<1000: 10
      case ..<10_000: 100
      default: 1000
      }
    return UInt32(clamping: (milliseconds &+ unit / 2) / unit &* unit)
  }

  mutating func add(_ interval: UInt32, times: UInt64 = 1) {
    total &+= times
    if counts[interval] != nil || counts.count < Self.limit { counts[interval, default: 0] &+= times }
  }

  mutating func merge(_ other: IntervalCounts) {
    for (interval, count) in other.counts { add(interval, times: count) }
  }

  /// Of equally common ones the shortest; `nil` where nothing was counted.
  var mostCommon: ScrapeInterval? {
    let best = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
    return best.map { ScrapeInterval(milliseconds: $0.key, share: Double($0.value) / Double(total)) }
  }
}

/// The same for one of very many groups, in 56 bytes: with more than four distances the shares of the common ones are
/// shown up to a fifth too small (the counters of Misra and Gries).
struct IntervalVotes: Sendable {
  private var intervals = InlineArray<4, UInt32>(repeating: 0)
  private var counts = InlineArray<4, UInt64>(repeating: 0)
  private var total: UInt64 = 0

  mutating func add(_ interval: UInt32, times: UInt32 = 1) {
    let times = UInt64(times)
    total &+= times
    for place in 0..<4 where counts[place] > 0 && intervals[place] == interval {
      counts[place] &+= times
      return
    }
    var rest = times
    if (0..<4).allSatisfy({ counts[$0] > 0 }) {
      // Everyone pays, as if these had come one by one.
      let paid = (0..<4).reduce(rest) { min($0, counts[$1]) }
      for place in 0..<4 { counts[place] &-= paid }
      rest &-= paid
    }
    guard rest > 0, let free = (0..<4).first(where: { counts[$0] == 0 }) else { return }
    (intervals[free], counts[free]) = (interval, rest)
  }

  var mostCommon: ScrapeInterval? {
    var best: (interval: UInt32, count: UInt64) = (0, 0)
    for place in 0..<4 {
      let (interval, count) = (intervals[place], counts[place])
      if count > best.count || count == best.count && count > 0 && interval < best.interval { best = (interval, count) }
    }
    return best.count == 0 ? nil : ScrapeInterval(milliseconds: best.interval, share: Double(best.count) / Double(total))
  }
}
