import Synchronization

/// A regular expression that has to match the whole of a text, in RE2's syntax and, as RE2's, in a time that grows with the
/// text alone: a selector comes from a person, and label values from everybody.
///
/// Swift's own `Regex` tries one way after the other, for which `(x+x+)+y` and a value of a few hundred `x` are enough to
/// keep it busy for ever, and it reads some constructs differently.
public struct RegularExpression: Sendable {
  private let program: PatternProgram

  /// - Throws: `InvalidPattern` for what is no expression, or none of RE2's.
  public init(_ text: String) throws(InvalidPattern) { program = try PatternProgram(PatternParser.parse(text)) }

  /// Whether the whole of a text matches. `.` takes newlines too, as in Prometheus; characters are compared as they are,
  /// without Unicode's equivalences.
  public func matches(_ text: String) -> Bool {
    var machine = PatternMachine(program)
    return machine.matches(text)
  }

  /// The same for many texts, with what was learned from those before. Who share it take turns.
  public func predicate() -> @Sendable (String) -> Bool {
    let shared = SharedMachine(program)
    return { shared.matches($0) }
  }
}

private final class SharedMachine: Sendable {
  private let machine: Mutex<PatternMachine>

  init(_ program: PatternProgram) { machine = Mutex(PatternMachine(program)) }

  func matches(_ text: String) -> Bool { machine.withLock { $0.matches(text) } }
}
