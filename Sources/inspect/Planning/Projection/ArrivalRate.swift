import Glibc

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
    case .factor(let factor): level * pow(factor, day / PlanTime.monthDays)
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
    case .factor(let factor):
      let rise = log(factor)
      guard abs(rise) > 1e-12 else { return level * (end - start) }
      return (rate(end) - rate(start)) * PlanTime.monthDays / rise
    }
  }
}
