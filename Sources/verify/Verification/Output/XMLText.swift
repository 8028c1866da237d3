/// Text inside an XML 1.0 document.
enum XMLText {
  /// Between tags.
  static func content(_ text: String) -> String { escaped(text, inAttribute: false) }

  /// Between double quotes. Ends of lines and tabs stay what they are, which they would not if they were written
  /// plainly.
  static func attribute(_ text: String) -> String { escaped(text, inAttribute: true) }

  private static func escaped(_ text: String, inAttribute: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      // Not allowed after "]]", and nowhere needed plainly.
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"" where inAttribute: result.append(contentsOf: "&quot;".unicodeScalars)
      case "\t" where inAttribute, "\n" where inAttribute, "\r":
        result.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
      default: result.append(isLegal(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return String(result)
  }

  /// Production 2 of XML 1.0: no escape makes the others legal.
  private static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
