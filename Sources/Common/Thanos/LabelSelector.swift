import RegularExpressions

/// Matchers over the external labels of a block, as PromQL writes them: `{cluster="eu1", replica=~"a|b"}`. All of them
/// have to match; a label that a block does not have counts as one with an empty value.
public struct LabelSelector: Sendable, Equatable, CustomStringConvertible {
  public let matchers: [LabelMatcher]

  /// Matches every block.
  public static let all = LabelSelector(matchers: [])

  init(matchers: [LabelMatcher]) { self.matchers = matchers }

  /// A text that is no selector.
  public struct Invalid: Error, Equatable, CustomStringConvertible {
    public let text: String
    public let reason: String
    public var description: String {
      "selector \(text): \(reason); write it as '{cluster=\"eu1\", replica=~\"a|b\"}' with =, !=, =~ or !~"
    }
  }

  /// Reads selectors: matchers separated by commas, with or without braces, values in double quotes (Go's escapes), in
  /// back quotes, or bare where they hold nothing that needs quotes.
  /// - Parameter texts: all of them have to match.
  /// - Throws: `Invalid` with the text concerned.
  public init(parsing texts: [String]) throws(Invalid) {
    var matchers: [LabelMatcher] = []
    for text in texts {
      var parser = SelectorParser(text)
      matchers += try parser.matchers()
    }
    self.init(matchers: matchers)
  }

  /// Reads a selector of series as PromQL writes it: `up`, `http_requests_total{job="api"}`, `{__name__=~"http_.*"}`,
  /// `{"metric.name", "label.name"="value"}`.
  /// - Throws: `Invalid`, also where nothing would keep a series of any name out: that is `{}`.
  public init(parsingSeries text: String) throws(Invalid) {
    var parser = SelectorParser(text)
    self.init(matchers: try parser.seriesMatchers())
  }

  public func matches(_ labels: ExternalLabels) -> Bool { matchers.allSatisfy { $0.matches(labels) } }

  public var description: String { "{" + matchers.map(\.description).joined(separator: ", ") + "}" }
}

/// One condition on one label.
public struct LabelMatcher: Sendable, Equatable, CustomStringConvertible {
  public enum Operation: String, CaseIterable, Sendable {
    case equal = "="
    case notEqual = "!="
    /// The whole value matches a regular expression.
    case matches = "=~"
    case matchesNot = "!~"
  }

  public let name: String
  public let operation: Operation
  public let value: String
  private let pattern: AnchoredPattern?

  /// - Throws: `InvalidPattern` for a regular expression that is none, or none of RE2's.
  init(name: String, operation: Operation, value: String) throws(InvalidPattern) {
    self.name = name
    self.operation = operation
    self.value = value
    switch operation {
    case .equal, .notEqual: pattern = nil
    case .matches, .matchesNot: pattern = try AnchoredPattern(value)
    }
  }

  func matches(_ labels: ExternalLabels) -> Bool {
    matches(value: labels.labels.first { $0.name.utf8.elementsEqual(name.utf8) }?.value ?? "")
  }

  /// - Parameter held: the label's value; empty for a label that is not there.
  public func matches(value held: String) -> Bool {
    switch operation {
    case .equal: held.utf8.elementsEqual(value.utf8)
    case .notEqual: !held.utf8.elementsEqual(value.utf8)
    case .matches: pattern?.matches(held) ?? false
    case .matchesNot: !(pattern?.matches(held) ?? false)
    }
  }

  /// The only values that can match, where the matcher names them: `="a"`, `=~"a|b"`.
  public var values: [String]? {
    switch operation {
    case .equal: [value]
    case .matches: pattern?.alternatives
    case .notEqual, .matchesNot: nil
    }
  }

  /// `matches(value:)` for many values: a regular expression is read once.
  public func predicate() -> @Sendable (String) -> Bool {
    let isNegative = operation == .notEqual || operation == .matchesNot
    guard let pattern else {
      let text = value
      return { (held: String) -> Bool in held.utf8.elementsEqual(text.utf8) != isNegative }
    }
    let matches = pattern.predicate()
    return { (held: String) -> Bool in matches(held) != isNegative }
  }

  public var description: String { "\(name)\(operation.rawValue)\(GoQuoted.text(value))" }
}
