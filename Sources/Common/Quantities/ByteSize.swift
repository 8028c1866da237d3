/// Numbers of bytes as people write them: `64MiB`, `20GB`, `1073741824`.
public enum ByteSize {
  private static let factors: [(suffix: String, bytes: UInt64)] = [
    ("KIB", 1 << 10), ("MIB", 1 << 20), ("GIB", 1 << 30), ("TIB", 1 << 40), ("PIB", 1 << 50), ("EIB", 1 << 60),
    ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("PB", 1_000_000_000_000_000),
    ("EB", 1_000_000_000_000_000_000),
    ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("T", 1 << 40), ("P", 1 << 50), ("E", 1 << 60), ("B", 1),
  ]

  /// Reads a size with an optional decimal fraction and unit (any case), at most one space between; a bare number is bytes.
  /// - Returns: bytes, or `nil` for what is no size or does not fit.
  public static func parse(_ text: String) -> UInt64? {
    let upper = text.uppercased()
    if let plain = digits(upper[...]) { return plain }
    for (suffix, bytes) in factors where upper.hasSuffix(suffix) {
      var number = upper.dropLast(suffix.count)
      if number.last == " " { number.removeLast() }
      if let whole = digits(number) {
        let (product, overflow) = whole.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : product
      }
      guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
        let value = Double(number)
      else { return nil }
      return UInt64(exactly: (value * Double(bytes)).rounded())
    }
    return nil
  }

  /// A number without sign.
  private static func digits(_ text: Substring) -> UInt64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
  }

  /// A size for people, three significant digits, powers of 1024: `1.65 MiB`, `344 B`.
  public static func text(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    if unit == 0 { return "\(bytes) B" }
    return Decimals.text(value, places: value < 9.995 ? 2 : value < 99.95 ? 1 : 0) + " " + units[unit]
  }
}

/// Decimal fractions with a fixed number of places, rounded half up, without a locale.
public enum Decimals {
  /// - Parameter places: digits after the point, 0…9.
  public static func text(_ value: Double, places: Int) -> String {
    guard value.isFinite, abs(value) < 9e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    guard let scaled = Int64(exactly: (abs(value) * scale).rounded()), let one = Int64(exactly: scale) else {
      return "\(value)"
    }
    let sign = value < 0 && scaled != 0 ? "-" : ""
    if places == 0 { return "\(sign)\(scaled)" }
    let fraction = String(scaled % one)
    return "\(sign)\(scaled / one).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
  }
}
