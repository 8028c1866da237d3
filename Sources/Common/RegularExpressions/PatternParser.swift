/// Reads a regular expression of RE2's syntax (github.com/google/re2/wiki/Syntax), as Go's package `regexp/syntax` does,
/// which Prometheus and Thanos use.
struct PatternParser {
  /// What holds from here to the end of the group.
  struct Flags {
    var ignoresCase = false
    var isMultiline = false
    /// Prometheus puts every pattern in `(?s:…)`.
    var dotTakesNewlines = true
  }

  static let mostRepetitions = 1000
  /// Groups within groups.
  private static let deepest = 500

  private(set) var rest: Substring.UnicodeScalarView
  private(set) var flags = Flags()
  private var depth = 0

  init(_ text: String) { rest = Substring(text).unicodeScalars }

  static func parse(_ text: String) throws(InvalidPattern) -> PatternNode {
    var parser = PatternParser(text)
    let node = try parser.choice()
    guard parser.rest.isEmpty else { throw InvalidPattern(reason: "has a ) without its (") }
    return node
  }

  // MARK: What a pattern is made of

  /// Up to the end, or to the parenthesis that closes the group.
  private mutating func choice() throws(InvalidPattern) -> PatternNode {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(InvalidPattern) -> PatternNode {
    var nodes: [PatternNode] = []
    while let next = rest.first, next != "|", next != ")" {
      if rest.starts(with: "\\Q".unicodeScalars) {
        nodes += quoted()
        if !nodes.isEmpty, let repeated = try repetition(of: nodes[nodes.count - 1]) { nodes[nodes.count - 1] = repeated }
        continue
      }
      guard let atom = try atom() else { continue }
      nodes.append(try repetition(of: atom) ?? atom)
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  /// - Returns: `nil` for flags, which are nothing by themselves.
  private mutating func atom() throws(InvalidPattern) -> PatternNode? {
    guard let scalar = rest.popFirst() else { return nil }
    switch scalar {
    case "(": return try group()
    case "[": return .set(try bracketed())
    case ".": return .set(flags.dotTakesNewlines ? .all : .allButNewline)
    case "^": return .position(flags.isMultiline ? .lineStart : .textStart)
    case "$": return .position(flags.isMultiline ? .lineEnd : .textEnd)
    case "\\": return try escaped()
    case "*", "+", "?": throw InvalidPattern(reason: "has a \(scalar) with nothing before it to repeat")
    default: return .set(ScalarSet(scalar, ignoresCase: flags.ignoresCase))
    }
  }

  /// `\Q…\E`: every character for itself.
  private mutating func quoted() -> [PatternNode] {
    rest.removeFirst(2)
    var nodes: [PatternNode] = []
    while let scalar = rest.first {
      if rest.starts(with: "\\E".unicodeScalars) {
        rest.removeFirst(2)
        break
      }
      rest.removeFirst()
      nodes.append(.set(ScalarSet(scalar, ignoresCase: flags.ignoresCase)))
    }
    return nodes
  }

  // MARK: Groups

  private mutating func group() throws(InvalidPattern) -> PatternNode? {
    let outer = flags
    if take("?") {
      if try !groupHead() { return nil }
    }
    depth += 1
    guard depth <= Self.deepest else { throw InvalidPattern(reason: "has more than \(Self.deepest) groups in each other") }
    let node = try choice()
    depth -= 1
    guard take(")") else { throw InvalidPattern(reason: "has a ( without its )") }
    flags = outer
    return node
  }

  /// What follows `(?`.
  /// - Returns: whether a group follows; not after `(?i)`, which changes the flags of the one that it stands in.
  private mutating func groupHead() throws(InvalidPattern) -> Bool {
    for look in ["=", "!", "<=", "<!"] where rest.starts(with: look.unicodeScalars) {
      throw InvalidPattern(reason: "looks ahead or behind, which RE2 cannot")
    }
    if rest.starts(with: "P<".unicodeScalars) || rest.first == "<" {
      rest = rest[(rest.firstIndex(of: "<") ?? rest.startIndex)...].dropFirst()
      guard let end = rest.firstIndex(of: ">"), end > rest.startIndex else {
        throw InvalidPattern(reason: "has a group whose name does not end")
      }
      rest = rest[end...].dropFirst()
      return true
    }
    var isOn = true
    while let scalar = rest.popFirst() {
      switch scalar {
      case "i": flags.ignoresCase = isOn
      case "m": flags.isMultiline = isOn
      case "s": flags.dotTakesNewlines = isOn
      case "U": break  // only who takes how much, not what matches
      case "-" where isOn: isOn = false
      case ":": return true
      case ")": return false
      default: throw InvalidPattern(reason: "has a group of the kind (?\(scalar), which RE2 does not know")
      }
    }
    throw InvalidPattern(reason: "has a ( without its )")
  }

  // MARK: Repetitions

  private mutating func repetition(of node: PatternNode) throws(InvalidPattern) -> PatternNode? {
    guard let counts = try counts() else { return nil }
    _ = take("?")
    if try self.counts() != nil { throw InvalidPattern(reason: "repeats a repetition: put it in parentheses") }
    let repeated = PatternNode.repetition(node, least: counts.least, most: counts.most)
    guard repeated.repetitions <= Self.mostRepetitions else {
      throw InvalidPattern(reason: "repeats something more than \(Self.mostRepetitions) times")
    }
    return repeated
  }

  private mutating func counts() throws(InvalidPattern) -> (least: Int, most: Int?)? {
    switch rest.first {
    case "*": rest.removeFirst()
      return (0, nil)
    case "+": rest.removeFirst()
      return (1, nil)
    case "?": rest.removeFirst()
      return (0, 1)
    case "{":
      // What is no count stands for itself.
      var inner = self
      inner.rest.removeFirst()
      guard let least = inner.number() else { return nil }
      var most: Int? = least
      if inner.take(",") { most = inner.number() }
      guard inner.take("}") else { return nil }
      self = inner
      if let most, most < least { throw InvalidPattern(reason: "repeats at least \(least) and at most \(most) times") }
      guard max(least, most ?? 0) <= Self.mostRepetitions else {
        throw InvalidPattern(reason: "repeats something more than \(Self.mostRepetitions) times")
      }
      return (least, most)
    default: return nil
    }
  }

  private mutating func number() -> Int? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    guard !digits.isEmpty, digits.count == 1 || digits.first != "0" else { return nil }
    rest = rest.dropFirst(digits.count)
    // What is too large for a number is too large for a count.
    return Int(String(digits)) ?? .max
  }

  // MARK: Reading

  mutating func next() -> Unicode.Scalar? { rest.popFirst() }

  mutating func skip(_ count: Int) { rest = rest.dropFirst(count) }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard rest.first == scalar else { return false }
    rest.removeFirst()
    return true
  }
}

/// A text that is no regular expression, or none of RE2's.
public struct InvalidPattern: Error, Equatable {
  /// Completes "the regular expression … ".
  public let reason: String
}
