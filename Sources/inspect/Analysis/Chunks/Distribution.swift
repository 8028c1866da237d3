/// How values of some kind are spread, in constant memory: exact below 256, and beyond it in 128 classes for each power
/// of two, so that a quantile is wrong by less than 0.4 % (half of 1/128).
///
/// - Memory: 8 bytes a class up to the largest value that came; 58 kB for values of 64 bits.
public struct Distribution: Equatable, Sendable {
  private static let precision = 7

  public private(set) var count: UInt64 = 0
  /// Exact, as are the smallest and the largest; 0 where nothing came.
  public private(set) var sum: UInt64 = 0
  public private(set) var min: UInt64 = 0
  public private(set) var max: UInt64 = 0
  private(set) var classes: [UInt64] = []

  public init() {}

  public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

  mutating func add(_ value: UInt64) {
    if count == 0 { min = value }
    min = Swift.min(min, value)
    max = Swift.max(max, value)
    count &+= 1
    sum = Self.sum(sum, value)
    let place = Self.place(of: value)
    if place >= classes.count { classes.append(contentsOf: repeatElement(0, count: place &- classes.count &+ 1)) }
    classes[place] &+= 1
  }

  mutating func merge(_ other: Distribution) {
    guard other.count > 0 else { return }
    min = count == 0 ? other.min : Swift.min(min, other.min)
    max = Swift.max(max, other.max)
    count &+= other.count
    sum = Self.sum(sum, other.sum)
    if other.classes.count > classes.count {
      classes.append(contentsOf: repeatElement(0, count: other.classes.count - classes.count))
    }
    for (place, count) in other.classes.enumerated() { classes[place] &+= count }
  }

  /// The smallest value that at least this share of all values does not exceed.
  /// - Parameter share: 0…1.
  public func quantile(_ share: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    let rank = Swift.max(1, (share * Double(count)).rounded(.up))
    var passed = 0.0
    for (place, count) in classes.enumerated() {
      passed += Double(count)
      if passed >= rank { return Swift.min(max, Swift.max(min, Self.middle(of: place))) }
    }
    return max
  }

  /// A sum that does not fit is the largest that does.
  private static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  /// Bits of a value that are not told apart.
  @inline(__always)
  private static func dropped(_ value: UInt64) -> Int {
    Swift.max(0, 63 &- precision &- value.leadingZeroBitCount)
  }

  @inline(__always)
  private static func place(of value: UInt64) -> Int {
    let dropped = dropped(value)
    return dropped &<< precision &+ Int(truncatingIfNeeded: value &>> UInt64(dropped))
  }

  private static func middle(of place: Int) -> UInt64 {
    let dropped = Swift.max(0, place >> precision - 1)
    let lowest = UInt64(place - dropped << precision) << UInt64(dropped)
    return lowest &+ (1 << UInt64(dropped)) / 2
  }
}
