/// Durations as Go's `time.Duration` prints and reads them, which is how Thanos' tables show them: `287h59m0.02s`.
public enum GoDuration {
  /// `1h0m0s`, `5m0s`, `0.02s` within larger ones, `20ms` alone; `0s` for nothing.
  public static func text(milliseconds: Int64) -> String {
    let sign = milliseconds < 0 ? "-" : ""
    let size = milliseconds.magnitude
    if size == 0 { return "0s" }
    if size < 1000 { return "\(sign)\(size)ms" }
    let seconds = "\(size / 1000 % 60)\(fraction(size % 1000))s"
    if size < 60_000 { return sign + seconds }
    let minutes = "\(size / 60_000 % 60)m\(seconds)"
    return size < 3_600_000 ? sign + minutes : "\(sign)\(size / 3_600_000)h\(minutes)"
  }

  /// The thousandths with their point, without zeros at the end.
  private static func fraction(_ thousandths: UInt64) -> String {
    if thousandths == 0 { return "" }
    let digits = String(1000 + thousandths).dropFirst()
    return "." + String(digits.reversed().drop { $0 == "0" }.reversed())
  }

  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
  ]

  /// Reads decimal numbers with their units in any order (`1.5h`, `90s`, `-2m3s`); `0` needs none.
  /// - Returns: `nil` for what is no duration or exceeds 292 years.
  public static func parse(_ text: String) -> Duration? {
    var rest = Array(text.utf8)[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    if rest.elementsEqual("0".utf8) { return .zero }
    guard !rest.isEmpty else { return nil }
    var total: Int64 = 0
    while !rest.isEmpty {
      let number = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
      rest = rest.dropFirst(number.count)
      let letters = rest.prefix { !(0x30...0x39).contains($0) && $0 != UInt8(ascii: ".") }
      rest = rest.dropFirst(letters.count)
      guard let unit = units.first(where: { letters.elementsEqual($0.name.utf8) }),
        let part = nanoseconds(number, unit: unit.nanoseconds)
      else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !overflow else { return nil }
      total = sum
    }
    return .nanoseconds(isNegative ? -total : total)
  }

  private static func nanoseconds(_ number: ArraySlice<UInt8>, unit: Int64) -> Int64? {
    let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }) else { return nil }
    var total: Int64 = 0
    if let whole = parts.first, !whole.isEmpty {
      guard let value = Int64(String(decoding: whole, as: UTF8.self)) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: unit)
      guard !overflow else { return nil }
      total = product
    }
    if parts.count == 2, let value = Double("0." + String(decoding: parts[1], as: UTF8.self) + "0") {
      let (sum, overflow) = total.addingReportingOverflow(Int64(value * Double(unit)))
      guard !overflow else { return nil }
      total = sum
    }
    return total
  }
}
