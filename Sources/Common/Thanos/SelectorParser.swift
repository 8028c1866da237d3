import RegularExpressions

/// Reads a selector from front to back.
struct SelectorParser {
  private let text: String
  private var rest: Substring

  init(_ text: String) {
    self.text = text
    rest = text[...]
  }

  mutating func matchers() throws(LabelSelector.Invalid) -> [LabelMatcher] {
    skipSpaces()
    let isInBraces = take("{")
    var matchers: [LabelMatcher] = []
    while true {
      skipSpaces()
      // A comma at the end is allowed, as in PromQL.
      if !matchers.isEmpty, isAtEnd(isInBraces) { break }
      matchers.append(try matcher())
      skipSpaces()
      if isAtEnd(isInBraces) { break }
      guard take(",") else { throw invalid("expected a comma or the end before \(shown(rest))") }
    }
    if isInBraces { _ = take("}") }
    skipSpaces()
    guard rest.isEmpty else { throw invalid("there is more after its end: \(shown(rest))") }
    return matchers
  }

  /// A selector of series: a metric's name, matchers in braces, or both.
  mutating func seriesMatchers() throws(LabelSelector.Invalid) -> [LabelMatcher] {
    skipSpaces()
    var matchers: [LabelMatcher] = []
    let metric = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    if let first = metric.first {
      guard !first.isNumber else { throw invalid("a metric's name does not begin with a digit") }
      rest = rest.dropFirst(metric.count)
      matchers.append(try named(String(metric)))
      skipSpaces()
    }
    if !rest.isEmpty {
      guard take("{") else { throw invalid("expected { or the end before \(shown(rest))") }
      try matchersInBraces(&matchers)
    }
    skipSpaces()
    guard rest.isEmpty else { throw invalid("there is more after its end: \(shown(rest))") }
    guard !matchers.isEmpty else { throw invalid("it selects nothing in particular") }
    return matchers
  }

  private mutating func matchersInBraces(_ matchers: inout [LabelMatcher]) throws(LabelSelector.Invalid) {
    while true {
      skipSpaces()
      if take("}") { return }
      matchers.append(rest.first == "\"" || rest.first == "'" ? try quotedMatcher() : try matcher())
      skipSpaces()
      if rest.first != "}", !take(",") { throw invalid("expected a comma or } before \(shown(rest))") }
    }
  }

  /// `"metric.name"`, or `"label.name"="value"`: names that are not made of letters, digits and underscores.
  private mutating func quotedMatcher() throws(LabelSelector.Invalid) -> LabelMatcher {
    let name = try value(of: "a label")
    skipSpaces()
    guard let operation = takeOperation() else { return try named(name) }
    skipSpaces()
    return try matcher(name, operation)
  }

  private func named(_ metric: String) throws(LabelSelector.Invalid) -> LabelMatcher {
    do throws(InvalidPattern) {
      return try LabelMatcher(name: "__name__", operation: .equal, value: metric)
    } catch {
      throw invalid("\(metric) \(error.reason)")
    }
  }

  private func isAtEnd(_ isInBraces: Bool) -> Bool { isInBraces ? rest.first == "}" : rest.isEmpty }

  private mutating func matcher() throws(LabelSelector.Invalid) -> LabelMatcher {
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    guard let first = name.first, !first.isNumber else {
      throw invalid(rest.isEmpty ? "expected a label name at its end" : "expected a label name before \(shown(rest))")
    }
    rest = rest.dropFirst(name.count)
    skipSpaces()
    guard let operation = takeOperation() else { throw invalid("expected =, !=, =~ or !~ after \(name)") }
    skipSpaces()
    return try matcher(String(name), operation)
  }

  private mutating func matcher(
    _ name: String, _ operation: LabelMatcher.Operation
  ) throws(LabelSelector.Invalid) -> LabelMatcher {
    let value = try value(of: name[...])
    do throws(InvalidPattern) {
      return try LabelMatcher(name: name, operation: operation, value: value)
    } catch {
      throw invalid("the regular expression \(value) \(error.reason)")
    }
  }

  private mutating func takeOperation() -> LabelMatcher.Operation? {
    // The longer ones first, since = begins =~.
    let all: [LabelMatcher.Operation] = [.matches, .matchesNot, .notEqual, .equal]
    for operation in all where rest.hasPrefix(operation.rawValue) {
      rest = rest.dropFirst(operation.rawValue.count)
      return operation
    }
    return nil
  }

  private mutating func value(of name: Substring) throws(LabelSelector.Invalid) -> String {
    guard let quote = rest.first, quote == "\"" || quote == "'" || quote == "`" else {
      let bare = rest.prefix { !"\"'`{},=!~ \t\n".contains($0) }
      rest = rest.dropFirst(bare.count)
      guard rest.isEmpty || rest.first == "," || rest.first == "}" || rest.first == " " else {
        throw invalid("put the value of \(name) in double quotes")
      }
      return String(bare)
    }
    var end = rest.index(after: rest.startIndex)
    while end < rest.endIndex, rest[end] != quote {
      if rest[end] == "\\", quote != "`" { end = rest.index(after: end) }
      if end < rest.endIndex { end = rest.index(after: end) }
    }
    guard end < rest.endIndex, let value = GoQuoted.parse(rest[...end]) else {
      throw invalid("the quotes around the value of \(name) are not closed, or an escape in it is unknown")
    }
    rest = rest[rest.index(after: end)...]
    return value
  }

  private mutating func take(_ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipSpaces() { rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" } }

  private func shown(_ rest: Substring) -> String { GoQuoted.text(String(rest)) }

  private func invalid(_ reason: String) -> LabelSelector.Invalid { LabelSelector.Invalid(text: text, reason: reason) }
}
