/// Text that is no JSON, with the place.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Bytes from the start.
  public let offset: Int
  public let expected: String
  public var description: String { "no valid JSON: offset \(offset): expected \(expected)" }
}

extension JSONValue {
  /// Reads one document of UTF-8 text (RFC 8259), with nothing but white space around it.
  ///
  /// A key given twice is an error: which of the two another program takes is anybody's guess.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  /// Deeper nesting is refused before it exhausts the stack.
  static let maximumDepth = 128
  static let digit = UInt8(ascii: "0")...UInt8(ascii: "9")

  let bytes: [UInt8]
  var offset = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  func fail(_ expected: String) -> JSONError { JSONError(offset: offset, expected: expected) }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard next == nil else { throw fail("the end of the document") }
    return value
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { offset += 1 }
  }

  mutating func take(_ character: Unicode.Scalar, _ expected: String) throws(JSONError) {
    skipSpace()
    guard next == UInt8(ascii: character) else { throw fail(expected) }
    offset += 1
  }

  /// Takes a character of ASCII if it comes next.
  mutating func takes(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in .object(try parser.object()) }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in .array(try parser.array()) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || Self.digit.contains(byte): return .number(try number())
    default: throw fail("a value")
    }
  }

  mutating func nested(_ body: (inout JSONParser) throws(JSONError) -> JSONValue) throws(JSONError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw fail("at most \(Self.maximumDepth) levels of nesting") }
    depth += 1
    offset += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  mutating func object() throws(JSONError) -> JSONObject {
    var members: [JSONObject.Member] = []
    var seen = SeenKeys()
    if takes("}") { return JSONObject(members: members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fail("a key in double quotes") }
      let start = offset
      let key = try string()
      guard seen.insert(key, after: members) else {
        throw JSONError(offset: start, expected: "each key once, \"\(key)\" came before")
      }
      try take(":", "':' after the key")
      members.append(.init(key: key, value: try value()))
    } while takes(",")
    try take("}", "',' or '}'")
    return JSONObject(members: members)
  }

  mutating func array() throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    if takes("]") { return elements }
    repeat { elements.append(try value()) } while takes(",")
    try take("]", "',' or ']'")
    return elements
  }

  mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let word = Array(text.description.utf8)
    guard bytes[offset...].starts(with: word) else { throw fail("a value") }
    offset += word.count
    return value
  }

  mutating func digits() throws(JSONError) {
    let start = offset
    while let byte = next, Self.digit.contains(byte) { offset += 1 }
    guard offset > start else { throw fail("a digit") }
  }

  mutating func number() throws(JSONError) -> String {
    let start = offset
    if next == UInt8(ascii: "-") { offset += 1 }
    if next == UInt8(ascii: "0") { offset += 1 } else { try digits() }
    if next == UInt8(ascii: ".") {
      offset += 1
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      offset += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
      try digits()
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  mutating func string() throws(JSONError) -> String {
    offset += 1
    let start = offset
    // As far as there is no escape, the text stands in the document as it is.
    var all: UInt8 = 0
    while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      all |= byte
      offset += 1
    }
    var text = bytes[start..<offset]
    if next == UInt8(ascii: "\""), all < 0x80 {
      offset += 1
      // Nearly all text: ASCII needs no check.
      return String(decoding: text, as: UTF8.self)
    }
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw JSONError(offset: start, expected: "a string of valid UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case ..<0x20: throw fail("control characters written as \\u escapes")
      default:
        text.append(byte)
        offset += 1
      }
    }
    throw fail("the closing quote of a string")
  }

  mutating func escape(into text: inout ArraySlice<UInt8>) throws(JSONError) {
    offset += 1
    guard let byte = next else { throw fail("a character after '\\'") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try scalar()).utf8)
    default:
      offset -= 1
      throw fail("one of \"\\/bfnrtu after '\\'")
    }
  }

  /// The scalar of a `\u` escape or of a surrogate pair of them; U+FFFD for half a pair, as Go's decoder has it.
  mutating func scalar() throws(JSONError) -> Character {
    let high = try unit()
    if let scalar = Unicode.Scalar(high) { return Character(scalar) }
    let afterHigh = offset
    if (0xD800..<0xDC00).contains(high), bytes[offset...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
      offset += 2
      let low = try unit()
      if (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      {
        return Character(scalar)
      }
      offset = afterHigh
    }
    return "\u{FFFD}"
  }

  mutating func unit() throws(JSONError) -> UInt32 {
    guard offset + 4 <= bytes.count,
      bytes[offset..<offset + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[offset..<offset + 4], as: UTF8.self), radix: 16)
    else { throw fail("four hexadecimal digits") }
    offset += 4
    return value
  }
}

/// The keys of an object that is being read, compared by their bytes.
private struct SeenKeys {
  /// Most objects have a few keys, for which a set costs more than to look at each.
  private static let few = 12
  private var set: Set<[UInt8]> = []

  /// - Returns: whether the key is not among those of `members`, which were all inserted before.
  mutating func insert(_ key: String, after members: [JSONObject.Member]) -> Bool {
    if members.count < Self.few { return !members.contains { $0.key.hasSameBytes(as: key) } }
    if set.isEmpty { set = Set(members.map { Array($0.key.utf8) }) }
    return set.insert(Array(key.utf8)).inserted
  }
}
