/// The labels that tell one Prometheus' blocks from another's; Thanos keeps them in meta.json and adds them to every series.
public struct ExternalLabels: Hashable, Sendable, CustomStringConvertible {
  public struct Label: Hashable, Sendable {
    public let name: String
    public let value: String

    // Swift's String equality takes canonically equivalent texts for equal; two Prometheis would be mixed up.
    public static func == (left: Label, right: Label) -> Bool {
      left.name.utf8.elementsEqual(right.name.utf8) && left.value.utf8.elementsEqual(right.value.utf8)
    }
    public func hash(into hasher: inout Hasher) {
      for byte in name.utf8 { hasher.combine(byte) }
      hasher.combine(0xFF as UInt8)
      for byte in value.utf8 { hasher.combine(byte) }
    }
  }

  /// Sorted by the bytes of the name, each name once.
  public let labels: [Label]

  public static let none = ExternalLabels(sorted: [])

  private init(sorted labels: [Label]) { self.labels = labels }

  /// A label set that cannot be.
  public struct Invalid: Error, Equatable, CustomStringConvertible {
    public let text: String
    public let reason: String
    public var description: String { "label \(text): \(reason)" }
  }

  /// - Throws: `Invalid` when a name comes twice.
  public init(_ pairs: some Sequence<(name: String, value: String)>) throws(Invalid) {
    let sorted = pairs.map { Label(name: $0.name, value: $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left.name.utf8.elementsEqual(right.name.utf8) {
      throw Invalid(text: right.name, reason: "given twice, as \"\(left.value)\" and \"\(right.value)\"")
    }
    labels = sorted
  }

  /// Reads labels as Thanos' `--label` takes them: `name="value"`, Go's escapes inside the quotes, or plain `name=value`.
  /// - Throws: `Invalid` with the text concerned.
  public init(parsing texts: [String]) throws(Invalid) {
    var pairs: [(name: String, value: String)] = []
    for text in texts { pairs.append(try Self.parse(text)) }
    try self.init(pairs)
  }

  public var isEmpty: Bool { labels.isEmpty }

  /// As PromQL writes it: `{cluster="eu1", replica="a"}`.
  public var description: String {
    "{" + labels.map { "\($0.name)=\(GoQuoted.text($0.value))" }.joined(separator: ", ") + "}"
  }

  private static func parse(_ text: String) throws(Invalid) -> (name: String, value: String) {
    guard let equals = text.firstIndex(of: "=") else {
      throw Invalid(text: text, reason: "expected name=\"value\"")
    }
    let name = String(text[..<equals])
    let raw = text[text.index(after: equals)...]
    guard isName(name) else {
      throw Invalid(text: text, reason: "a label name is made of letters, digits and _ and begins with no digit")
    }
    var value = String(raw)
    if raw.hasPrefix("\"") || raw.hasPrefix("`") {
      guard let unquoted = GoQuoted.parse(raw) else {
        throw Invalid(text: text, reason: "the quotes around the value are not closed, or an escape in it is unknown")
      }
      value = unquoted
    }
    if !(raw.hasPrefix("\"") || raw.hasPrefix("`")), let first = value.first, let last = value.last,
      "'\"`".contains(first) || "'\"`".contains(last)
    {
      throw Invalid(text: text, reason: "stray quotes around the value; write name=\"value\" or name=value")
    }
    guard !value.isEmpty else { throw Invalid(text: text, reason: "the value is empty, which is the same as no label") }
    return (name, value)
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
  }
}

/// Go's string literals, in which Thanos reads the values of `--label` and PromQL writes label values.
enum GoQuoted {
  static func text(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{00}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
        let code = String(scalar.value, radix: 16)
        text += "\\x" + (code.count < 2 ? "0" : "") + code
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  /// The value of a literal in double quotes or back quotes, or in single quotes as PromQL has them too; `nil` if it is none.
  static func parse(_ literal: Substring) -> String? {
    guard let quote = literal.first, literal.count >= 2, literal.last == quote else { return nil }
    let inner = literal.dropFirst().dropLast()
    if quote == "`" { return inner.contains("`") ? nil : String(inner) }
    var bytes: [UInt8] = []
    var rest = inner.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case _ where scalar.value == quote.unicodeScalars.first?.value, "\n": return nil
      case "\\":
        guard let escaped = escape(&rest, in: quote) else { return nil }
        bytes += escaped
      default: bytes += Array(String(scalar).utf8)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let simple: [Unicode.Scalar: UInt8] = [
    "a": 0x07, "b": 0x08, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B, "\\": 0x5C,
  ]

  private static func escape(_ rest: inout Substring.UnicodeScalarView, in quote: Character) -> [UInt8]? {
    guard let kind = rest.popFirst() else { return nil }
    if let byte = simple[kind] { return [byte] }
    if quote.unicodeScalars.first == kind { return Array(String(quote).utf8) }
    if ("0"..."7").contains(kind) {
      let digits = String(kind) + String(String.UnicodeScalarView(rest.prefix(2)))
      rest = rest.dropFirst(2)
      return digits.utf8.count == 3 ? UInt8(digits, radix: 8).map { [$0] } : nil
    }
    guard let digits = ["x": 2, "u": 4, "U": 8][kind], rest.count >= digits else { return nil }
    let text = String(String.UnicodeScalarView(rest.prefix(digits)))
    rest.removeFirst(digits)
    guard text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }), let code = UInt32(text, radix: 16) else {
      return nil
    }
    if kind == "x" { return [UInt8(truncatingIfNeeded: code)] }
    return Unicode.Scalar(code).map { Array(String($0).utf8) }
  }
}
