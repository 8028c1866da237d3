import Synchronization
import _StringProcessing

/// A regular expression that has to match the whole of a text, of those that RE2 and Swift read alike.
///
/// Prometheus and Thanos use RE2. What RE2 does not have (look-around, back references, possessive quantifiers) and
/// what Swift reads differently (sets within sets) is refused rather than understood in another way.
struct AnchoredPattern: Sendable, Equatable {
  // `Regex` is not `Sendable`; there are a handful of matchers and some thousand blocks, so it is made for each match, or by `predicate`.
  private let text: String

  struct Invalid: Error, Equatable {
    /// Completes "the regular expression … ".
    let reason: String
  }

  init(_ text: String) throws(Invalid) {
    self.text = text
    if let construct = Self.foreignConstruct(in: text) {
      throw Invalid(reason: "has \(construct), which RE2 does not know or reads differently")
    }
    do {
      _ = try Self.compile(text)
    } catch {
      throw Invalid(reason: "cannot be read (\(error))")
    }
  }

  /// `.` matches newlines too, as in Prometheus; characters are compared as they are, without Unicode's equivalences.
  func matches(_ value: String) -> Bool { predicate()(value) }

  /// The texts that match, where the expression has nothing but them: `a|b`.
  var alternatives: [String]? {
    guard !text.unicodeScalars.contains(where: { "\\.+*?()[]{}^$".unicodeScalars.contains($0) }) else { return nil }
    return text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
  }

  /// The same for many values, with the expression read once.
  func predicate() -> @Sendable (String) -> Bool {
    guard let pattern = try? CompiledPattern(text) else { return { _ in false } }
    return { pattern.matches($0) }
  }

  fileprivate static func compile(_ text: String) throws -> Regex<AnyRegexOutput> {
    try Regex(text).dotMatchesNewlines().asciiOnlyCharacterClasses().matchingSemantics(.unicodeScalar)
  }

  /// The first construct that RE2 lacks, or that Swift takes for something else.
  private static func foreignConstruct(in text: String) -> String? {
    var rest = text.unicodeScalars[...]
    var isAfterQuantifier = false
    while let scalar = rest.popFirst() {
      var isQuantifier = false
      switch scalar {
      case "\\":
        guard let escaped = rest.popFirst() else { return "a backslash at its end" }
        if ("1"..."9").contains(escaped) || escaped == "k" { return "a back reference" }
      case "[":
        if let construct = foreignConstruct(inSet: &rest) { return construct }
      case "(" where rest.first == "?":
        if let construct = foreignGroup(rest.dropFirst()) { return construct }
        rest = rest.dropFirst()
      case "+" where isAfterQuantifier: return "a possessive quantifier"
      case "*", "+", "?", "}": isQuantifier = true
      default: break
      }
      isAfterQuantifier = isQuantifier
    }
    return nil
  }

  private static func foreignGroup(_ rest: Substring.UnicodeScalarView) -> String? {
    let text = String(Substring(rest))
    for (mark, name) in [("=", "look-ahead"), ("!", "look-ahead"), ("<=", "look-behind"), ("<!", "look-behind")]
    where text.hasPrefix(mark) {
      return name
    }
    let flags = text.prefix { "ims-".contains($0) }
    let isKnown = text.hasPrefix("P<") || text.hasPrefix("<") || [":", ")"].contains(text.dropFirst(flags.count).first)
    return isKnown ? nil : "a group of the kind (?\(text.prefix(1))"
  }

  /// - Parameter rest: after the opening bracket; then after the closing one.
  private static func foreignConstruct(inSet rest: inout Substring.UnicodeScalarView) -> String? {
    if rest.first == "^" { rest.removeFirst() }
    // A bracket in the first place stands for itself.
    if rest.first == "]" { rest.removeFirst() }
    while let scalar = rest.popFirst() {
      switch scalar {
      case "]": return nil
      case "\\": _ = rest.popFirst()
      case "[":
        guard rest.first == ":" else { return "an unescaped [ in a set" }
        while let inner = rest.popFirst(), inner != "]" {}
      case "&", "-", "~":
        if rest.first == scalar { return "\(scalar)\(scalar) in a set" }
      default: break
      }
    }
    return nil
  }
}

/// A regular expression that was read. Those who share it take turns.
private final class CompiledPattern: Sendable {
  private let regex: Mutex<Regex<AnyRegexOutput>>

  init(_ text: String) throws { regex = Mutex(try AnchoredPattern.compile(text)) }

  func matches(_ value: String) -> Bool { regex.withLock { (try? $0.wholeMatch(in: value)) != nil } }
}
