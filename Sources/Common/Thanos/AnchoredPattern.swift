import RegularExpressions

/// A regular expression of a matcher, which has to match the whole of a value.
struct AnchoredPattern: Sendable, Equatable {
  private let text: String
  private let expression: RegularExpression

  /// - Throws: `InvalidPattern`.
  init(_ text: String) throws(InvalidPattern) {
    self.text = text
    expression = try RegularExpression(text)
  }

  static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  func matches(_ value: String) -> Bool { expression.matches(value) }

  /// The texts that match, where the expression has nothing but them: `a|b`.
  var alternatives: [String]? {
    guard !text.unicodeScalars.contains(where: { "\\.+*?()[]{}^$".unicodeScalars.contains($0) }) else { return nil }
    return text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }

  /// The same for many values, with the expression read once.
  func predicate() -> @Sendable (String) -> Bool { expression.predicate() }
}
