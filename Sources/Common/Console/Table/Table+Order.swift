/// Asked for a column that a table does not have.
public struct UnknownColumn: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let known: [String]

  public var description: String { "there is no column \(name); the columns are \(known.joined(separator: ", "))" }
}

extension Table {
  /// A column to sort by, and in which direction.
  public struct Order: Equatable, Sendable {
    public var column: String
    public var isDescending: Bool

    public init(_ column: String, isDescending: Bool = false) {
      self.column = column
      self.isDescending = isDescending
    }
  }

  /// The rows in order of values, not of what is shown of them (thanos#2414); those that are equal stay as they were,
  /// and those without a value come last in both directions.
  /// - Throws: `UnknownColumn`.
  public func sorted(by orders: [Order]) throws(UnknownColumn) -> Table {
    var keys: [(place: Int, isDescending: Bool)] = []
    for order in orders { keys.append((try place(of: order.column), order.isDescending)) }
    if keys.isEmpty { return self }
    let sorted = rows.enumerated().sorted { left, right in
      for key in keys {
        let (first, second) = (left.element[key.place], right.element[key.place])
        if (first == .empty) != (second == .empty) { return second == .empty }
        let order = first.order(comparedWith: second)
        if order != 0 { return key.isDescending ? order > 0 : order < 0 }
      }
      return left.offset < right.offset
    }
    return Table(columns, rows: sorted.map(\.element))
  }

  /// The first rows.
  public func limited(to count: Int?) -> Table {
    guard let count, count < rows.count else { return self }
    return Table(columns, rows: Array(rows.prefix(max(0, count))))
  }

  /// The named columns alone, in that order.
  /// - Throws: `UnknownColumn`.
  public func selecting(_ names: [String]) throws(UnknownColumn) -> Table {
    var places: [Int] = []
    for name in names { places.append(try place(of: name)) }
    return Table(places.map { columns[$0] }, rows: rows.map { row in places.map { row[$0] } })
  }

  /// Columns go by their heading or their key, in any case.
  private func place(of name: String) throws(UnknownColumn) -> Int {
    let wanted = name.lowercased()
    guard let place = columns.firstIndex(where: { $0.title.lowercased() == wanted || $0.key.lowercased() == wanted })
    else { throw UnknownColumn(name: name, known: columns.map(\.key)) }
    return place
  }
}

extension Cell {
  /// Below zero if this comes before `other`, zero if they are alike. Numbers by value, text by its bytes, numbers
  /// before text.
  func order(comparedWith other: Cell) -> Int {
    switch (self, other) {
    case (.integer(let left), .integer(let right)), (.time(let left), .time(let right)),
      (.duration(let left), .duration(let right)), (.goDuration(let left), .goDuration(let right)):
      return left < right ? -1 : left > right ? 1 : 0
    case (.bytes(let left), .bytes(let right)): return left < right ? -1 : left > right ? 1 : 0
    case (.text(let left), .text(let right)):
      if left.utf8.elementsEqual(right.utf8) { return 0 }
      return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    default:
      guard let left = number else { return other.number == nil ? 0 : 1 }
      guard let right = other.number else { return -1 }
      // What is no number at all comes last.
      if left.isNaN || right.isNaN { return left.isNaN ? (right.isNaN ? 0 : 1) : -1 }
      return left < right ? -1 : left > right ? 1 : 0
    }
  }

  private var number: Double? {
    switch self {
    case .text, .empty: nil
    case .integer(let value), .time(let value), .duration(let value), .goDuration(let value): Double(value)
    case .decimal(let value, _): value
    case .bytes(let value): Double(value)
    case .boolean(let value): value ? 1 : 0
    }
  }
}
