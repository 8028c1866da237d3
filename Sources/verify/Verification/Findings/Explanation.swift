/// What a kind of finding means, for whoever runs a Thanos and has to do something about it.
struct Explanation: Equatable, Sendable {
  /// In one line, without a full stop: for the list.
  let summary: String
  /// What it means. Paragraphs are separated by empty lines; lines that begin with four spaces are commands.
  let meaning: String
  /// How it may have come about.
  let causes: String
  /// What to do, with the commands.
  let remedy: String

  /// For a terminal.
  func text(of id: Finding.ID) -> String {
    """
    \(id.rawValue) (\(id.severity.rawValue)): \(summary)

    What it means
    \(TextLayout.filled(meaning))

    How it may have come about
    \(TextLayout.filled(causes))

    What to do
    \(TextLayout.filled(remedy))

    """
  }
}

/// Prose in lines of a readable length.
enum TextLayout {
  private static let width = 80

  /// Paragraphs as indented lines of at most 80 columns, an empty one between them. Lines that begin with four spaces
  /// stay.
  static func filled(_ text: String) -> String {
    text.split(separator: "\n\n").map { paragraph in
      let isVerbatim = paragraph.hasPrefix("    ")
      let lines = isVerbatim ? paragraph.split(separator: "\n").map(String.init) : lines(of: paragraph)
      return lines.map { "  \($0)" }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func lines(of paragraph: Substring) -> [String] {
    var lines: [String] = []
    for word in paragraph.split(whereSeparator: \.isWhitespace) {
      if let last = lines.last, last.count + 1 + word.count <= width - 2 {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
