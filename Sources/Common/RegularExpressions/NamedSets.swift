/// The sets of characters that have names in RE2's syntax (github.com/google/re2/wiki/Syntax).
enum NamedSets {
  /// `\d`, `\s`, `\w`: ASCII alone.
  static func perl(_ letter: Unicode.Scalar) -> ScalarSet? {
    switch letter {
    case "d": posix("digit")
    case "s": set([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    case "w": posix("word")
    default: nil
    }
  }

  /// `[:alpha:]` and the like.
  static func posix(_ name: String) -> ScalarSet? {
    let (digits, upper, lower): (ClosedRange<UInt32>, ClosedRange<UInt32>, ClosedRange<UInt32>) =
      (0x30...0x39, 0x41...0x5A, 0x61...0x7A)
    switch name {
    case "alnum": return set([digits, upper, lower])
    case "alpha": return set([upper, lower])
    case "ascii": return set([0...0x7F])
    case "blank": return set([0x09...0x09, 0x20...0x20])
    case "cntrl": return set([0...0x1F, 0x7F...0x7F])
    case "digit": return set([digits])
    case "graph": return set([0x21...0x7E])
    case "lower": return set([lower])
    case "print": return set([0x20...0x7E])
    case "punct": return set([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
    case "space": return set([0x09...0x0D, 0x20...0x20])
    case "upper": return set([upper])
    case "word": return set([digits, upper, lower, 0x5F...0x5F])
    case "xdigit": return set([digits, 0x41...0x46, 0x61...0x66])
    default: return nil
    }
  }

  /// Unicode's general categories by their short names, of one letter or two. Scripts are not known.
  static func category(_ name: String) -> ScalarSet? {
    if name == "Any" { return .all }
    let found = categories.filter { $0.key == name || name.utf8.count == 1 && $0.key.hasPrefix(name) }
    return found.isEmpty ? nil : ScalarSet(items: [.categories(Set(found.values))])
  }

  private static let categories: [String: Unicode.GeneralCategory] = [
    "Lu": .uppercaseLetter, "Ll": .lowercaseLetter, "Lt": .titlecaseLetter, "Lm": .modifierLetter, "Lo": .otherLetter,
    "Mn": .nonspacingMark, "Mc": .spacingMark, "Me": .enclosingMark, "Nd": .decimalNumber, "Nl": .letterNumber,
    "No": .otherNumber, "Pc": .connectorPunctuation, "Pd": .dashPunctuation, "Ps": .openPunctuation,
    "Pe": .closePunctuation, "Pi": .initialPunctuation, "Pf": .finalPunctuation, "Po": .otherPunctuation,
    "Sm": .mathSymbol, "Sc": .currencySymbol, "Sk": .modifierSymbol, "So": .otherSymbol, "Zs": .spaceSeparator,
    "Zl": .lineSeparator, "Zp": .paragraphSeparator, "Cc": .control, "Cf": .format, "Cs": .surrogate, "Co": .privateUse,
  ]

  private static func set(_ ranges: [ClosedRange<UInt32>]) -> ScalarSet { ScalarSet(items: ranges.map { .range($0) }) }
}
