import Testing

@testable import Console

@Suite struct TerminalTextTests {
  struct Escape: Sendable {
    let text: String
    let escaped: String
  }

  @Test("what could drive a terminal or deceive the eye is escaped, everything else stays", arguments: [
    Escape(text: "plain", escaped: "plain"),
    Escape(text: "a\\b \"quoted\"", escaped: "a\\b \"quoted\""),
    Escape(text: "日本語 café 👍", escaped: "日本語 café 👍"),
    Escape(text: "\u{1B}[31mred", escaped: "\\x1b[31mred"),
    Escape(text: "\u{1B}]0;title\u{07}", escaped: "\\x1b]0;title\\x07"),
    Escape(text: "two\nlines\r\n\tand a tab", escaped: "two\\nlines\\r\\n\\tand a tab"),
    Escape(text: "\u{9B}31m", escaped: "\\x9b31m"),
    Escape(text: "del\u{7F}", escaped: "del\\x7f"),
    Escape(text: "gpj.\u{202E}exe", escaped: "gpj.\\u202eexe"),
    Escape(text: "a\u{2066}b\u{2028}c", escaped: "a\\u2066b\\u2028c"),
    Escape(text: "\0", escaped: "\\x00"),
  ])
  func escapes(_ test: Escape) { #expect(TerminalText.escaped(test.text) == test.escaped) }

  @Test("characters to be kept are kept")
  func keeps() { #expect(TerminalText.escaped("a\nb\u{1B}c", keeping: ["\n"]) == "a\nb\\x1bc") }

  @Test("a text takes as many columns as a terminal gives it", arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("a\u{200B}b", 2), ("한글", 4), ("Ω", 1), ("👍", 2),
  ])
  func columns(_ text: String, _ expected: Int) { #expect(TerminalText.columns(of: text) == expected) }

  @Test("a text is cut where a wide character no longer fits", arguments: [
    (0, ""), (1, "a"), (2, "a"), (3, "a日"), (5, "a日本"), (9, "a日本"), (-1, ""),
  ])
  func cuts(_ columns: Int, _ expected: String) { #expect(TerminalText.prefix(of: "a日本", columns: columns) == expected) }

  @Test("JSON text keeps its meaning and its line breaks")
  func json() {
    #expect(TerminalText.jsonEscaped("[\n  \"\u{9B}x\u{202E}\"\n]") == "[\n  \"\\u009bx\\u202e\"\n]")
    #expect(TerminalText.jsonEscaped("{\"a\": \"日本\"}") == "{\"a\": \"日本\"}")
  }
}
