internal import OrderedJSON
internal import Quantities

/// One value of a table with its kind, so that each format can write it in its own way.
public enum Cell: Equatable, Sendable {
  case text(String)
  /// A count.
  case integer(Int64)
  /// A number with a fraction; `places` (0…9) digits of it are shown to people.
  case decimal(Double, places: Int)
  /// A size in bytes.
  case bytes(UInt64)
  /// Milliseconds since 1970.
  case time(Int64)
  /// Milliseconds.
  case duration(Int64)
  /// Milliseconds, written as Thanos writes them (`47h59m0s`) in every format, and sorted by value.
  case goDuration(Int64)
  case boolean(Bool)
  /// Nothing known, or nothing there.
  case empty

  /// A count of any type; one that does not fit becomes the largest that does.
  public static func count(_ value: some BinaryInteger) -> Cell { .integer(Int64(clamping: value)) }

  /// Text, or nothing.
  public static func text(_ value: String?) -> Cell { value.map { Cell.text($0) } ?? .empty }

  /// For people: human sizes, grouped thousands, `-` for nothing. One line, and nothing that drives a terminal.
  public var shown: String {
    switch self {
    case .text(let text): TerminalText.escaped(text)
    case .integer(let value): Self.grouped(value)
    case .decimal(let value, let places): Decimals.text(value, places: places)
    case .bytes(let bytes): ByteSize.text(bytes)
    case .time(let milliseconds): Timestamp.text(milliseconds)
    case .duration(let milliseconds), .goDuration(let milliseconds): GoDuration.text(milliseconds: milliseconds)
    case .boolean(let value): value ? "true" : "false"
    case .empty: "-"
    }
  }

  /// For programs: plain numbers (bytes, seconds), RFC 3339 times in UTC, an empty text for nothing.
  public var plain: String {
    switch self {
    case .text(let text): text
    case .integer(let value): String(value)
    case .decimal(let value, _): JSONValue.double(value).text() == "null" ? "\(value)" : JSONValue.double(value).text()
    case .bytes(let bytes): String(bytes)
    case .time(let milliseconds): Timestamp.text(milliseconds)
    case .duration(let milliseconds): Self.seconds(milliseconds)
    case .goDuration: shown
    case .boolean(let value): value ? "true" : "false"
    case .empty: ""
    }
  }

  var json: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .integer(let value): .integer(value)
    case .decimal(let value, _): .double(value)
    case .bytes(let bytes): .integer(bytes)
    case .time, .goDuration: .string(plain)
    case .duration: .number(plain)
    case .boolean(let value): .bool(value)
    case .empty: .null
    }
  }

  /// `2316976` as `2,316,976`.
  public static func grouped(_ value: Int64) -> String {
    let digits = String(value.magnitude).utf8
    var result: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(UInt8(ascii: ",")) }
      result.append(digit)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// `7199980` milliseconds as `7199.98`, exact.
  private static func seconds(_ milliseconds: Int64) -> String {
    let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1000)
    var fraction = rest == 0 ? "" : "." + String(1000 + rest).dropFirst()
    while fraction.last == "0" { fraction.removeLast() }
    return "\(milliseconds < 0 ? "-" : "")\(whole)\(fraction)"
  }
}
