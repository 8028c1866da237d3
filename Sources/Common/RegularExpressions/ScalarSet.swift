/// The characters that one place of a pattern takes.
struct ScalarSet: Equatable, Sendable {
  enum Item: Equatable, Sendable {
    case range(ClosedRange<UInt32>)
    /// By Unicode's general category.
    case categories(Set<Unicode.GeneralCategory>)
    indirect case set(ScalarSet)
  }

  private(set) var items: [Item] = []
  var isNegated = false
  /// Whether upper and lower case are one.
  var ignoresCase = false

  static let all = ScalarSet(items: [.range(0...0x10FFFF)])
  static let allButNewline = ScalarSet(items: [.range(0x0A...0x0A)], isNegated: true)

  init(items: [Item] = [], isNegated: Bool = false, ignoresCase: Bool = false) {
    (self.items, self.isNegated, self.ignoresCase) = (items, isNegated, ignoresCase)
  }

  init(_ scalar: Unicode.Scalar, ignoresCase: Bool) {
    self.init(items: [.range(scalar.value...scalar.value)], ignoresCase: ignoresCase)
  }

  mutating func add(_ item: Item) { items.append(item) }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let found =
      ignoresCase ? Self.cases(of: scalar).contains { has($0) } : has(scalar)
    return found != isNegated
  }

  private func has(_ scalar: Unicode.Scalar) -> Bool {
    for item in items {
      switch item {
      case .range(let range): if range.contains(scalar.value) { return true }
      case .categories(let categories): if categories.contains(scalar.properties.generalCategory) { return true }
      case .set(let set): if set.contains(scalar) { return true }
      }
    }
    return false
  }

  /// A character with all others that differ from it in case alone, by the simple mappings (one character to one).
  private static func cases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let folded = fold(scalar)
    var cases = [scalar, folded]
    if let upper = single(folded.properties.uppercaseMapping) { cases.append(upper) }
    // Those that two others fold to, which no mapping leads back to: the long s, and the signs of kelvin and angstrom.
    switch folded {
    case "s": cases.append("\u{17F}")
    case "k": cases.append("\u{212A}")
    case "\u{E5}": cases.append("\u{212B}")
    default: break
    }
    return cases
  }

  private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let upper = single(scalar.properties.uppercaseMapping) ?? scalar
    return single(upper.properties.lowercaseMapping) ?? scalar
  }

  private static func single(_ text: String) -> Unicode.Scalar? {
    let scalars = text.unicodeScalars
    return scalars.count == 1 ? scalars.first : nil
  }
}
