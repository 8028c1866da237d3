/// What a server sent as XML is none, or goes past the bounds.
struct XMLError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Bytes from the front.
  let offset: Int
  let reason: String

  var description: String { "XML at byte \(offset): \(reason)" }
}

/// Reads the XML of S3's answers from front to back: elements and text, nothing else.
///
/// Namespaces and attributes are passed over, the five named entities and numeric ones are resolved. A document type
/// definition is refused (it is where entity bombs live); depth and the length of names and texts are bounded.
struct XMLReader {
  enum Event: Equatable {
    /// The name without a namespace prefix.
    case start(String)
    case text(String)
    case end(String)
  }

  static let maximumDepth = 32
  /// Bytes.
  static let maximumName = 256
  /// Bytes of one run of text.
  static let maximumText = 64 << 10

  private let bytes: [UInt8]
  private var position = 0
  private var open: [String] = []
  /// An element that was opened and closed in one: `<a/>`.
  private var pendingEnd = false
  private var sawRoot = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next event; `nil` at the end of the document.
  mutating func next() throws(XMLError) -> Event? {
    if pendingEnd {
      pendingEnd = false
      return .end(open.removeLast())
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") || at("<![CDATA[") {
        let text = try text()
        if open.isEmpty {
          guard text.allSatisfy(\.isWhitespace) || !sawRoot && text == "\u{FEFF}" else {
            throw fail("text outside the root element")
          }
          continue
        }
        return .text(text)
      }
      if at("<?") {
        try skip(past: "?>")
      } else if at("<!--") {
        try skip(past: "-->")
      } else if at("<!") {
        throw fail("a document type definition")
      } else if at("</") {
        return try end()
      } else {
        return try start()
      }
    }
    guard open.isEmpty, sawRoot else { throw fail("it ends too early") }
    return nil
  }

  private func fail(_ reason: String) -> XMLError { XMLError(offset: position, reason: reason) }

  private func at(_ mark: StaticString) -> Bool {
    let mark = mark.description.utf8
    return bytes.count - position >= mark.count && bytes[position...].starts(with: mark)
  }

  private mutating func skip(past mark: StaticString) throws(XMLError) {
    while position < bytes.count {
      if at(mark) {
        position += mark.utf8CodeUnitCount
        return
      }
      position += 1
    }
    throw fail("it ends too early")
  }

  // MARK: Tags

  private mutating func start() throws(XMLError) -> Event {
    position += 1
    guard !(open.isEmpty && sawRoot) else { throw fail("a second root element") }
    let name = try name()
    guard open.count < Self.maximumDepth else { throw fail("elements nested deeper than \(Self.maximumDepth)") }
    sawRoot = true
    open.append(name)
    var quote: UInt8?
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if let mark = quote {
        if byte == mark { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        pendingEnd = bytes[position - 2] == UInt8(ascii: "/")
        return .start(name)
      }
    }
    throw fail("a tag that is not closed")
  }

  private mutating func end() throws(XMLError) -> Event {
    position += 2
    let name = try name()
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else { throw fail("a tag that is not closed") }
    guard open.last == name else { throw fail("the end of \(name) without its start") }
    position += 1
    return .end(open.removeLast())
  }

  /// A name, of which only the part after a `:` counts.
  private mutating func name() throws(XMLError) -> String {
    var start = position
    while position < bytes.count {
      let byte = bytes[position]
      if Self.isBlank(byte) || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") { break }
      position += 1
      if byte == UInt8(ascii: ":") { start = position }
      guard position - start <= Self.maximumName else { throw fail("a name longer than \(Self.maximumName) bytes") }
    }
    guard position > start else { throw fail("a tag without a name") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  // MARK: Text

  /// Everything up to the next tag, CDATA sections included.
  private mutating func text() throws(XMLError) -> String {
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "<") {
        guard at("<![CDATA[") else { break }
        position += 9
        let start = position
        try skip(past: "]]>")
        text += bytes[start..<position - 3]
      } else if byte == UInt8(ascii: "&") {
        text += try entity()
      } else {
        text.append(byte)
        position += 1
      }
      guard text.count <= Self.maximumText else { throw fail("a text longer than \(Self.maximumText) bytes") }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func entity() throws(XMLError) -> [UInt8] {
    let body = bytes[(position + 1)...].prefix(12)
    guard let end = body.firstIndex(of: UInt8(ascii: ";")) else { throw fail("an entity that is not closed") }
    let name = String(decoding: body[..<end], as: UTF8.self)
    let value: String
    switch name {
    case "lt": value = "<"
    case "gt": value = ">"
    case "amp": value = "&"
    case "quot": value = "\""
    case "apos": value = "'"
    default:
      let number =
        name.hasPrefix("#x")
        ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
      guard let scalar = number.flatMap(Unicode.Scalar.init) else {
        throw fail("the entity &\(name);, which nobody defined")
      }
      value = String(Character(scalar))
    }
    position = end + 1
    return Array(value.utf8)
  }
}
