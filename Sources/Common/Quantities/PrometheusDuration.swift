/// Durations as Prometheus writes them: `1m30s`, `2w`, `1y6h`. A year has 365 days, a week 7, a day 24 hours.
public enum PrometheusDuration {
  private static let units: [(name: String, milliseconds: Int64)] = [
    ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
    ("ms", 1),
  ]

  /// Longest duration in milliseconds: what fits Go's 64 bits of nanoseconds, some 292 years.
  private static let longest = Int64.max / 1_000_000

  /// Reads whole numbers with their units, from the largest to the smallest, each at most once; `0` needs none.
  /// - Returns: `nil` for what is no duration (a sign and fractions are not) or exceeds 292 years.
  public static func parse(_ text: String) -> Duration? {
    milliseconds(text).map { .milliseconds($0) }
  }

  /// The same as a number of milliseconds.
  public static func milliseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var rest = Array(text.utf8)[...]
    var remaining = units[...]
    var total: Int64 = 0
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { !(0x30...0x39).contains($0) }
      rest = rest.dropFirst(letters.count)
      guard let value = Int64(String(decoding: digits, as: UTF8.self)),
        let index = remaining.firstIndex(where: { letters.elementsEqual($0.name.utf8) })
      else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: units[index].milliseconds)
      guard !overflow, product <= longest - total else { return nil }
      total += product
      remaining = units[(index + 1)...]
    }
    return text.isEmpty ? nil : total
  }

  /// `1m30s`; years and weeks only where nothing is left over, since `90d` reads more easily than `12w6d`.
  /// Less than a millisecond is dropped.
  public static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let milliseconds = overflow ? (seconds < 0 ? Int64.min : .max) : whole &+ attoseconds / 1_000_000_000_000_000
    guard milliseconds != 0 else { return "0s" }
    var rest = milliseconds.magnitude
    var text = milliseconds < 0 ? "-" : ""
    for unit in units {
      let size = UInt64(unit.milliseconds)
      if unit.name == "y" || unit.name == "w", !rest.isMultiple(of: size) { continue }
      if rest >= size { text += "\(rest / size)\(unit.name)" }
      rest %= size
    }
    return text
  }
}
