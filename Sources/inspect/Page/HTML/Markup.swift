import Console

/// HTML, or SVG inside of it, that is being written.
///
/// Names of elements and attributes are part of the program; whatever is text or the value of an attribute is escaped.
/// So nothing that a block holds can become markup.
struct Markup: Sendable {
  /// `nil` leaves the attribute out.
  typealias Attributes = KeyValuePairs<StaticString, String?>

  private(set) var source = ""

  mutating func text(_ text: String) { source += Self.escaped(text) }

  mutating func element(
    _ name: StaticString, _ attributes: Attributes = [:], _ content: (inout Markup) throws -> Void
  ) rethrows {
    begin(name, attributes)
    source += ">"
    try content(&self)
    source += "</\(name)>"
  }

  mutating func element(_ name: StaticString, _ attributes: Attributes = [:], text: String) {
    element(name, attributes) { $0.text(text) }
  }

  /// An element without content.
  mutating func empty(_ name: StaticString, _ attributes: Attributes = [:]) {
    begin(name, attributes)
    source += "/>"
  }

  /// What the program itself has as HTML or CSS.
  mutating func own(_ text: StaticString) { source += "\(text)" }

  /// Parts the source into lines, for whoever looks at it.
  mutating func newline() { source += "\n" }

  private mutating func begin(_ name: StaticString, _ attributes: Attributes) {
    source += "<\(name)"
    for (name, value) in attributes {
      guard let value else { continue }
      source += " \(name)=\"\(Self.escaped(value))\""
    }
  }

  /// Text in which nothing is markup, within an element as within quotes, and nothing is unseen: control characters and
  /// those that turn the direction of writing are shown as escapes (`\x1b`), as on a terminal.
  static func escaped(_ text: String) -> String {
    let visible = TerminalText.escaped(text)
    guard visible.utf8.contains(where: { entity(of: $0) != nil }) else { return visible }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(visible.utf8.count + 32)
    for byte in visible.utf8 {
      if let entity = entity(of: byte) { bytes += entity.utf8 } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func entity(of byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: nil
    }
  }
}
