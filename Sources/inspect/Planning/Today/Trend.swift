/// How a quantity changes with time, by the method of Theil and Sen: the median of the slopes between all pairs of
/// points, which a third of outliers (a restart, a load test) does not move.
public struct Trend: Equatable, Sendable {
  /// A change a day, and the bounds that it lies within by 95 %, by Kendall's statistic as Sen gives them.
  public struct Slope: Equatable, Sendable {
    public let value: Double
    public let low: Double
    public let high: Double

    public init(value: Double, low: Double, high: Double) { (self.value, self.low, self.high) = (value, low, high) }
  }

  /// The quantity at the plan's time, never below zero.
  public let level: Double
  /// `nil` where one point, or none at different times, shows no change.
  public let slope: Slope?
  /// How many points there were.
  public let points: Int

  public init(level: Double, slope: Slope?, points: Int) {
    (self.level, self.slope, self.points) = (level, slope, points)
  }

  /// A value at a time.
  struct Point: Equatable {
    /// Days from the plan's time, below zero before it.
    let day: Double
    let value: Double
  }

  /// More points than this are joined to their neighbours first: pairs grow with the square.
  private static let pointLimit = 600

  /// - Returns: `nil` without any point.
  init?(_ all: [Point]) {
    guard !all.isEmpty else { return nil }
    points = all.count
    let fitted = Self.thinned(all.sorted { $0.day < $1.day })
    var slopes: [Double] = []
    for (place, left) in fitted.enumerated() {
      for right in fitted[(place + 1)...] where right.day > left.day {
        slopes.append((right.value - left.value) / (right.day - left.day))
      }
    }
    guard !slopes.isEmpty else {
      (level, slope) = (max(0, Self.median(fitted.map(\.value).sorted())), nil)
      return
    }
    slopes.sort()
    let middle = Self.median(slopes)
    level = max(0, Self.median(fitted.map { $0.value - middle * $0.day }.sorted()))
    let n = Double(fitted.count)
    let reach = 1.96 * (n * (n - 1) * (2 * n + 5) / 18).squareRoot()
    let count = Double(slopes.count)
    // The M1-th smallest and the (M2 + 1)-th, counted from 1.
    let low = Int(max(0, ((count - reach) / 2).rounded(.down) - 1))
    let high = Int(min(count - 1, ((count + reach) / 2).rounded(.up)))
    slope = Slope(value: middle, low: slopes[min(low, slopes.count - 1)], high: slopes[max(0, high)])
  }

  static func median(_ sorted: [Double]) -> Double {
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// Neighbours joined into one point at their medians.
  private static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > pointLimit else { return points }
    let share = (points.count + pointLimit - 1) / pointLimit
    return stride(from: 0, to: points.count, by: share).map { start in
      let group = points[start..<min(points.count, start + share)]
      return Point(day: median(group.map(\.day).sorted()), value: median(group.map(\.value).sorted()))
    }
  }
}
