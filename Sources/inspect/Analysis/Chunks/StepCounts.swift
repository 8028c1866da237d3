/// Counts of values in steps as `promtool tsdb analyze --extended` chooses them: 10, 100, … 100 000 wide, by how far the
/// smallest and the largest value are apart. promtool keeps every value until it knows these
/// (prometheus/prometheus#10822); here steps grow into wider ones, which is why the counts are the same.
public struct StepCounts: Equatable, Sendable {
  public struct Step: Equatable, Sendable {
    /// The first value of the step, and the first one beyond it. promtool's own heading shows both bounds one higher
    /// than what it counted.
    public let from: UInt64
    public let below: UInt64
    public let count: UInt64
  }

  /// What a hostile chunk may claim; a larger value is counted as this one.
  private static let largest: UInt64 = 1 << 36

  public private(set) var count: UInt64 = 0
  public private(set) var min: UInt64 = 0
  public private(set) var max: UInt64 = 0
  private var sum: UInt64 = 0
  private var width: UInt64 = 10
  private var start: UInt64 = 0
  private var counts: [UInt64] = []

  /// Rounded down, as promtool has it.
  public var mean: UInt64 { count == 0 ? 0 : sum / count }

  @inline(__always)
  mutating func add(_ value: UInt64) {
    let value = Swift.min(value, Self.largest)
    if count == 0 || value < min || value > max { widen(to: value, value) }
    counts[Int(truncatingIfNeeded: (value &- start) / width)] &+= 1
    count &+= 1
    sum &+= value
  }

  mutating func merge(_ other: StepCounts) {
    guard other.count > 0 else { return }
    widen(to: other.min, other.max)
    for (place, count) in other.counts.enumerated() where count > 0 { move(count, from: other.start &+ UInt64(place) &* other.width) }
    count &+= other.count
    sum &+= other.sum
  }

  /// Every step from the smallest to the one behind the largest value, as promtool lists them.
  public var steps: [Step] {
    guard count > 0 else { return [] }
    return (0...counts.count).map { place in
      let from = start + UInt64(place) * width
      return Step(from: from, below: from + width, count: place < counts.count ? counts[place] : 0)
    }
  }

  /// Makes room for values, with wider steps if they are far from the others.
  private mutating func widen(to lowest: UInt64, _ highest: UInt64) {
    let (oldStart, oldWidth, old) = (start, width, counts)
    min = count == 0 ? lowest : Swift.min(min, lowest)
    max = Swift.max(max, highest)
    width = Self.width(of: (max - min) / 10)
    start = min - min % width
    counts = [UInt64](repeating: 0, count: Int(truncatingIfNeeded: (max - start) / width) + 1)
    for (place, count) in old.enumerated() where count > 0 { move(count, from: oldStart &+ UInt64(place) &* oldWidth) }
  }

  private static func width(of tenth: UInt64) -> UInt64 {
    var width: UInt64 = 10
    while width < tenth, width <= 10_000 { width *= 10 }
    return width
  }

  /// Takes in the count of a step that is narrower, or as wide: it lies in one of these.
  private mutating func move(_ count: UInt64, from value: UInt64) {
    counts[Int(truncatingIfNeeded: (value &- start) / width)] &+= count
  }
}
