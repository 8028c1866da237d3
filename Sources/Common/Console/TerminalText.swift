/// Text of unknown origin (label values, object keys, names of files) made fit for a terminal.
public enum TerminalText {
  /// Whether a character could drive a terminal or deceive the eye: C0 and C1 control characters, line separators and
  /// the controls that reverse the direction of writing.
  static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The text with each such character written as an escape: `\n`, `\x1b`, `\u202e`. It is one line then.
  /// - Parameter keeping: characters that stay as they are.
  public static func escaped(_ text: String, keeping: Set<Unicode.Scalar> = []) -> String {
    // Of ASCII bytes are enough, which is nearly all there is.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isUnsafe(scalar), !keeping.contains(scalar) {
        result.append(contentsOf: escape(of: scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  static func escape(of scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: scalar.value < 0x100 ? "\\x" + hexadecimal(scalar, digits: 2) : "\\u" + hexadecimal(scalar, digits: 4)
    }
  }

  static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
    let text = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// The columns that a terminal gives to a text: none for combining marks, two for East Asian characters and emoji.
  static func columns(of text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + columns(of: $1) }
  }

  private static func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// The front of a text that fits into so many columns.
  static func prefix(of text: String, columns limit: Int) -> String {
    var used = 0
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      used += columns(of: scalar)
      if used > limit { break }
      result.append(scalar)
    }
    return String(result)
  }
}

extension TerminalText {
  /// JSON text with such characters as JSON's own escapes: the same document, harmless on a terminal. Between the
  /// tokens of a document there is none of them but newlines and tabs, which stay.
  public static func jsonEscaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value > 0x20 && isUnsafe($0) }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.value > 0x20, isUnsafe(scalar) {
        result.append(contentsOf: "\\u\(hexadecimal(scalar, digits: 4))".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
