/// How many raw bytes arrive, from the plan's time on.
///
/// What the blocks show is continued as a straight line, since that is what was fitted; a growth that was given is a
/// share from month to month, as it is said.
struct ArrivalRate: Equatable {
  /// Bytes a day at the plan's time.
  let level: Double
  private let kind: Kind

  private enum Kind: Equatable {
    /// Bytes a day, a day.
    case line(Double)
    /// Factor from month to month.
    case factor(Double)
  }

  init(level: Double, slope: Double) {
    self.level = level
    kind = .line(slope)
  }

  /// - Parameter growth: by this share from month to month, above -1.
  init(level: Double, growth: Double) {
    self.level = level
    kind = .factor(1 + growth)
  }

  /// Bytes a day so many days from now, never below zero.
  func rate(_ day: Double) -> Double {
    switch kind {
    case .line(let slope): max(0, level + slope * day)
    case .factor(let factor): level * Self.power(factor, day / PlanTime.monthDays)
    }
  }

  /// Bytes that arrive between two days from now, `end` not before `start`.
  func bytes(from start: Double, to end: Double) -> Double {
    guard end > start else { return 0 }
    switch kind {
    case .line(let slope):
      // A falling line ends where it reaches zero.
      let last = slope < 0 ? min(end, level / -slope) : end
      guard last > start else { return 0 }
      return level * (last - start) + slope * (last * last - start * start) / 2
    case .factor:
      // Simpson's rule, a step a week: the curve is smooth, and the error far below that of any forecast.
      let steps = max(1, Int(((end - start) / 7).rounded(.up)))
      let width = (end - start) / Double(steps)
      return (0..<steps).reduce(0) { sum, step in
        let left = start + Double(step) * width
        return sum + width / 6 * (rate(left) + 4 * rate(left + width / 2) + rate(left + width))
      }
    }
  }

  /// `factor` to the power of `exponent`, 0 or more.
  private static func power(_ factor: Double, _ exponent: Double) -> Double {
    var result = 1.0
    var base = factor
    var whole = Int(min(100_000, exponent.rounded(.down)))
    let fraction = exponent - Double(whole)
    while whole > 0 {
      if !whole.isMultiple(of: 2) { result *= base }
      base *= base
      whole /= 2
    }
    // The fraction by repeated square roots, bit by bit.
    var root = factor
    var rest = fraction
    for _ in 0..<52 where rest > 0 {
      root = root.squareRoot()
      rest *= 2
      if rest >= 1 {
        result *= root
        rest -= 1
      }
    }
    return result
  }
}
