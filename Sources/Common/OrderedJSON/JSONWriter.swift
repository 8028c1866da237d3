extension JSONValue {
  /// The document as text.
  /// - Parameter indent: what each level is indented by, `"\t"` as Prometheus and Thanos write their files; `nil` for one line.
  public func text(indent: String? = nil) -> String {
    var writer = JSONWriter(indent: indent)
    writer.write(self, level: 0)
    return writer.text
  }

  /// The document as UTF-8.
  public func bytes(indent: String? = nil) -> [UInt8] { Array(text(indent: indent).utf8) }
}

private struct JSONWriter {
  let indent: String?
  var text = ""

  init(indent: String?) { self.indent = indent }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: text += "null"
    case .bool(let bool): text += bool ? "true" : "false"
    case .number(let digits): text += digits
    case .string(let string): quote(string)
    case .array(let elements):
      list("[", elements, "]", level) { $0.write($1, level: level + 1) }
    case .object(let object):
      list("{", object.members, "}", level) { writer, member in
        writer.quote(member.key)
        writer.text += writer.indent == nil ? ":" : ": "
        writer.write(member.value, level: level + 1)
      }
    }
  }

  private mutating func list<Element>(
    _ opening: String, _ elements: [Element], _ closing: String, _ level: Int,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    text += opening
    for (number, element) in elements.enumerated() {
      if number > 0 { text += "," }
      breakLine(level + 1)
      body(&self, element)
    }
    if !elements.isEmpty { breakLine(level) }
    text += closing
  }

  private mutating func breakLine(_ level: Int) {
    guard let indent else { return }
    text += "\n"
    for _ in 0..<level { text += indent }
  }

  private mutating func quote(_ string: String) {
    text += "\""
    if string.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      text += string
      text += "\""
      return
    }
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{00}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
        let code = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
