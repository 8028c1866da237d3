internal import Yams

/// What a single YAML value stands for, by the rules of go-yaml 2, which Thanos reads its configuration with.
enum ConfigurationScalar {
  /// Whether the value may have a meaning beyond its text: it is not in quotes and not tagged as text.
  private static func isPlain(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && scalar.tag.rawValue != Tag.Name.str.rawValue
  }

  static func isNull(_ scalar: Node.Scalar) -> Bool {
    isPlain(scalar) && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// Whether the value can be taken by its text: `!!binary` and tags of other programs cannot.
  static func isOrdinary(_ scalar: Node.Scalar) -> Bool {
    let tags: [Tag.Name] = [.implicit, .nonSpecific, .str, .int, .bool, .float, .null]
    return tags.contains { $0.rawValue == scalar.tag.rawValue }
  }

  static func bool(_ scalar: Node.Scalar) -> Bool? {
    guard isPlain(scalar) else { return nil }
    return switch scalar.string {
    case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": true
    case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": false
    default: nil
    }
  }

  /// A whole number: decimal, `0x`, `0o`, `0b`, octal by a leading 0, with `_` between digits, or `6.4e7`.
  static func integer(_ scalar: Node.Scalar) -> Int64? {
    guard isPlain(scalar) else { return nil }
    let text = scalar.string.filter { $0 != "_" }
    let isNegative = text.hasPrefix("-")
    let digits = isNegative || text.hasPrefix("+") ? String(text.dropFirst()) : text
    guard digits.first?.isASCII == true, digits.first?.isNumber == true else { return nil }
    let magnitude: UInt64? =
      if digits.hasPrefix("0x") {
        UInt64(digits.dropFirst(2), radix: 16)
      } else if digits.hasPrefix("0o") {
        UInt64(digits.dropFirst(2), radix: 8)
      } else if digits.hasPrefix("0b") {
        UInt64(digits.dropFirst(2), radix: 2)
      } else if digits.hasPrefix("0"), digits.count > 1, digits.allSatisfy(\.isNumber) {
        UInt64(digits, radix: 8)
      } else {
        UInt64(digits) ?? Double(digits).flatMap { UInt64(exactly: $0) }
      }
    guard let magnitude else { return nil }
    return isNegative ? Int64(exactly: magnitude).map { -$0 } : Int64(exactly: magnitude)
  }
}
