import TSDB

/// The symbols of two indexes in one order, so that labels of one can be compared with labels of the other as numbers.
///
/// Both tables are sorted, so that one pass over both gives each symbol its place among all of them.
/// - Memory: 8 bytes a symbol of each index.
struct SymbolOrder: Sendable {
  /// Places by number of the symbol in its own index.
  private var left: [UInt32] = []
  private var right: [UInt32] = []
  private let leftSizes: SymbolSizes
  private let rightSizes: SymbolSizes
  private let leftSymbols: SymbolTable
  private let rightSymbols: SymbolTable

  /// - Throws: `TSDBError` for a damaged table, or one whose symbols are not sorted, as the format demands.
  init(_ one: (symbols: SymbolTable, file: String), _ other: (symbols: SymbolTable, file: String)) throws {
    for (symbols, file) in [one, other] where !symbols.isSorted {
      throw TSDBError(code: .malformed, file: file, offset: 5, expected: "a symbol table in the order of its bytes")
    }
    (leftSymbols, rightSymbols) = (one.symbols, other.symbols)
    (leftSizes, rightSizes) = (try SymbolSizes(one.symbols), try SymbolSizes(other.symbols))
    var (left, right): ([UInt32], [UInt32]) = ([], [])
    left.reserveCapacity(one.symbols.count)
    right.reserveCapacity(other.symbols.count)
    var place: UInt32 = 0
    try one.symbols.forEach { _, symbol in
      while right.count < rightSizes.count {
        let order = try rightSymbols.bytes(of: rightSizes.reference(of: right.count)).order(comparedWith: symbol)
        if order > 0 { break }
        // One that both have takes the same place.
        right.append(place)
        if order == 0 { break }
        place &+= 1
      }
      left.append(place)
      place &+= 1
    }
    while right.count < rightSizes.count {
      right.append(place)
      place &+= 1
    }
    (self.left, self.right) = (left, right)
  }

  /// Labels of one side by their places.
  func places(_ labels: [LabelReference], isLeft: Bool) -> [LabelReference] {
    labels.map { label in
      LabelReference(name: place(label.name, isLeft: isLeft), value: place(label.value, isLeft: isLeft))
    }
  }

  /// The place of a symbol.
  func place(_ reference: UInt32, isLeft: Bool) -> UInt32 {
    let (places, sizes) = isLeft ? (left, leftSizes) : (right, rightSizes)
    guard let number = sizes.number(of: reference), number < places.count else { return .max }
    return places[number]
  }

  /// The text of the symbol at a place.
  func text(of place: UInt32) throws(TSDBError) -> String {
    if let number = Self.number(of: place, left) { return try leftSymbols.text(of: leftSizes.reference(of: number)) }
    if let number = Self.number(of: place, right) { return try rightSymbols.text(of: rightSizes.reference(of: number)) }
    return ""
  }

  private static func number(of place: UInt32, _ places: [UInt32]) -> Int? {
    var (low, high) = (0, places.count)
    while low < high {
      let middle = (low + high) / 2
      if places[middle] < place { low = middle + 1 } else { high = middle }
    }
    return low < places.count && places[low] == place ? low : nil
  }
}
