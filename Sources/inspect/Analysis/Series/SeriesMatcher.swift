import TSDB
import Thanos

/// A selector made ready for the series of one index, told by their references: each value is looked at once, when the
/// first series with it passes by, and no text is made of any other. Keep one a thread.
///
/// - Memory: two bits a symbol for each matcher.
struct SeriesMatcher: Sendable {
  private struct Condition: Sendable {
    /// The symbol of the label's name; `nil` where no series has it.
    let name: UInt32?
    /// Whether series without the label match: those whose empty value the matcher takes.
    let takesMissing: Bool
    let takes: @Sendable (String) -> Bool
    var seen = SymbolSet()
    var taken = SymbolSet()
  }

  private let symbols: SymbolTable
  private var conditions: [Condition] = []

  /// - Throws: `TSDBError` for a damaged symbol table.
  init(_ selector: LabelSelector, _ symbols: SymbolTable) throws {
    self.symbols = symbols
    for matcher in selector.matchers {
      conditions.append(
        Condition(
          name: try symbols.reference(of: Array(matcher.name.utf8).rawBytes),
          takesMissing: matcher.matches(value: ""), takes: matcher.predicate()))
    }
  }

  /// - Throws: `TSDBError` for a label whose symbol cannot be read.
  mutating func matches(_ entry: borrowing SeriesEntry) throws -> Bool {
    for place in conditions.indices where try !matches(place, entry) { return false }
    return true
  }

  private mutating func matches(_ place: Int, _ entry: borrowing SeriesEntry) throws -> Bool {
    for label in entry.labels where label.name == conditions[place].name {
      if conditions[place].seen.insert(label.value), conditions[place].takes(try symbols.text(of: label.value)) {
        _ = conditions[place].taken.insert(label.value)
      }
      return conditions[place].taken.contains(label.value)
    }
    return conditions[place].takesMissing
  }
}

/// Some of the symbols of an index.
private struct SymbolSet: Sendable {
  private var bits: [UInt64] = []

  /// - Returns: whether it was not there before.
  mutating func insert(_ reference: UInt32) -> Bool {
    let (word, bit) = (Int(reference >> 6), UInt64(1) << UInt64(reference & 63))
    if word >= bits.count { bits.append(contentsOf: repeatElement(0, count: word &- bits.count &+ 1)) }
    defer { bits[word] |= bit }
    return bits[word] & bit == 0
  }

  func contains(_ reference: UInt32) -> Bool {
    let word = Int(reference >> 6)
    return word < bits.count && bits[word] & (1 << UInt64(reference & 63)) != 0
  }
}
