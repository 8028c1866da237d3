import Quantities

/// Maps values to places in straight proportion. A scale of one value only puts it in the middle.
struct Scale: Sendable {
  let from: Double
  let until: Double
  let start: Double
  let end: Double

  /// - Parameters:
  ///   - values: those that lie at `start` and at `end`.
  ///   - start, end: places, in either order.
  init(_ values: ClosedRange<Double>, start: Double, end: Double) {
    (from, until, self.start, self.end) = (values.lowerBound, values.upperBound, start, end)
  }

  func callAsFunction(_ value: Double) -> Double {
    guard until > from, (until - from).isFinite else { return (start + end) / 2 }
    let share = (value - from) / (until - from)
    return share.isNaN ? start : start + min(1, max(0, share)) * (end - start)
  }
}

/// What an axis counts.
enum Quantity: Equatable, Sendable {
  case bytes
  case count
  case money(currency: String)

  /// For people, with the unit.
  func text(_ value: Double) -> String {
    switch self {
    case .bytes: ByteSize.text(value >= 0 ? UInt64(exactly: value.rounded()) ?? .max : 0)
    case .count: Self.short(value)
    case .money(let currency): "\(Decimals.text(value, places: 2)) \(currency)"
    }
  }

  /// Three digits and a letter: `403 M`.
  static func short(_ value: Double) -> String {
    let units = ["", " k", " M", " G", " T", " P"]
    var (rest, unit) = (abs(value), 0)
    while rest >= 999.5, unit < units.count - 1 {
      rest /= 1000
      unit += 1
    }
    let places = unit == 0 && rest == rest.rounded() ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0
    return (value < 0 ? "-" : "") + Decimals.text(rest, places: places) + units[unit]
  }
}

/// A place on an axis with a round value.
struct Tick: Equatable, Sendable {
  let value: Double
  let text: String

  /// Round values from 0 to the first that is not below the largest value: multiples of 1, 2 or 5 times a power of ten,
  /// for bytes within units of 1024.
  /// - Parameter count: how many at most, besides 0.
  static func values(upTo largest: Double, _ quantity: Quantity, count: Int) -> [Tick] {
    guard largest.isFinite, largest > 0, count > 0 else { return [Tick(value: 0, text: text(0, 1, quantity))] }
    let step = step(atLeast: largest / Double(count), quantity)
    let last = Int((largest / step - 1e-9).rounded(.up))
    return (0...max(1, min(count, last))).map { number in
      Tick(value: Double(number) * step, text: text(Double(number) * step, step, quantity))
    }
  }

  private static func step(atLeast least: Double, _ quantity: Quantity) -> Double {
    let isBytes = quantity == .bytes
    let base: Double = isBytes ? 1024 : 1000
    // A part of a byte, or of something that is counted, is nothing to mark; of money it is.
    var unit: Double = isBytes || quantity == .count ? 1 : 0.001
    // 256 MiB and 512 MiB: four or two of them make the next unit.
    let factors: [Double] = [1, 2, 5, 10, 20, 50, 100] + (isBytes ? [256, 512] : [200, 500])
    for _ in 0..<20 {
      for factor in factors where factor * unit >= least { return factor * unit }
      unit *= base
    }
    return least
  }

  private static func text(_ value: Double, _ step: Double, _ quantity: Quantity) -> String {
    switch quantity {
    case .bytes:
      var (rest, unit) = (value, 0)
      let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
      while rest >= 1024, unit < units.count - 1 {
        rest /= 1024
        unit += 1
      }
      return "\(trimmed(rest)) \(units[unit])"
    case .count:
      var (rest, unit) = (value, 0)
      let units = ["", "k", "M", "G", "T", "P", "E"]
      while rest >= 1000, unit < units.count - 1 {
        rest /= 1000
        unit += 1
      }
      return trimmed(rest) + (unit > 0 ? " \(units[unit])" : "")
    case .money(let currency):
      return "\(Decimals.text(value, places: step >= 1 ? 0 : step >= 0.01 ? 2 : 3)) \(currency)"
    }
  }

  private static func trimmed(_ value: Double) -> String {
    var text = Decimals.text(value, places: 2)
    guard text.contains(".") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}

extension Int64 {
  /// A time that was reckoned with; what does not fit is the farthest that does.
  init(saturating value: Double) {
    self = Int64(exactly: value.rounded()) ?? (value < 0 ? .min : value > 0 ? .max : 0)
  }
}
