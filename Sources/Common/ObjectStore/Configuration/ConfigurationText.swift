/// The text of a configuration after `$(NAME)` was replaced, as Thanos does it: before the text is read as YAML.
///
/// It knows which parts came from the environment: error messages must not show them, and their line breaks must not
/// make an error name the wrong line.
struct ConfigurationText {
  /// The file's path, or the flag that held the text.
  let name: String
  let text: String
  private var values: [[UInt8]] = []
  /// Line breaks that values brought in, by the line of the replaced text at which they begin.
  private var insertedBreaks: [(line: Int, count: Int)] = []

  /// - Throws: `.unsetVariable`.
  init(_ text: String, name: String, environment: [String: String]) throws(ConfigurationError) {
    self.name = name
    // Editors on Windows put a byte order mark in front, which Thanos' YAML passes over.
    let mark = "\u{FEFF}".utf8
    let bytes = Array(text.utf8.starts(with: mark) ? text.utf8.dropFirst(mark.count) : text.utf8[...])
    var output: [UInt8] = []
    var line = 1
    var offset = 0
    while offset < bytes.count {
      guard let variable = Self.variable(in: bytes, at: offset) else {
        if bytes[offset] == UInt8(ascii: "\n") { line += 1 }
        output.append(bytes[offset])
        offset += 1
        continue
      }
      guard let value = environment[variable] else {
        let replacedLine = line - insertedBreaks.reduce(0) { $0 + $1.count }
        throw ConfigurationError(
          .unsetVariable, in: name, line: replacedLine,
          "$(\(variable)) is not set in the environment; set it, or put the value into the configuration")
      }
      let breaks = value.utf8.count { $0 == UInt8(ascii: "\n") }
      if breaks > 0 { insertedBreaks.append((line, breaks)) }
      line += breaks
      values.append(Array(value.utf8))
      output += value.utf8
      offset += variable.utf8.count + 3
    }
    self.text = String(decoding: output, as: UTF8.self)
  }

  /// NAME of a `$(NAME)` that begins at `offset`.
  private static func variable(in bytes: [UInt8], at offset: Int) -> String? {
    guard bytes[offset...].starts(with: [UInt8(ascii: "$"), UInt8(ascii: "(")]) else { return nil }
    let name = bytes[(offset + 2)...].prefix { byte in
      byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xDF) && byte < 0x80
    }
    guard !name.isEmpty, name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ")") else { return nil }
    return String(decoding: name, as: UTF8.self)
  }

  /// The line of the text as it was written, from the line after the replacement.
  func line(_ replaced: Int) -> Int {
    var line = replaced
    // From the last insertion back, so that each is compared in the numbering it was made in.
    for inserted in insertedBreaks.reversed() where line > inserted.line {
      line -= min(inserted.count, line - inserted.line)
    }
    return line
  }

  /// A word out of the text for a message: not if it came from the environment, and only as far as it looks like a key,
  /// since `{secret_key:abc}` is one long key to YAML.
  func shown(_ word: String) -> String {
    let bytes = Array(word.utf8)
    let isForeign = values.contains { value in
      !value.isEmpty && !bytes.isEmpty && (Self.contains(value, bytes) || Self.contains(bytes, value))
    }
    if isForeign { return "<from the environment>" }
    let shown = word.unicodeScalars.prefix(40).prefix {
      $0.properties.isAlphabetic || "0123456789_-. ".unicodeScalars.contains($0)
    }
    return String(shown) + (shown.endIndex == word.unicodeScalars.endIndex ? "" : "…")
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= bytes.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
