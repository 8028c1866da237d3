/// Escapes, and sets in brackets.
extension PatternParser {
  /// What follows a backslash outside of brackets.
  mutating func escaped() throws(InvalidPattern) -> PatternNode {
    switch rest.first {
    case "A": return position(.textStart)
    case "z": return position(.textEnd)
    case "b": return position(.wordBoundary)
    case "B": return position(.noWordBoundary)
    default: break
    }
    if let set = try escapedSet() { return .set(set) }
    return .set(ScalarSet(try escapedScalar(), ignoresCase: flags.ignoresCase))
  }

  private mutating func position(_ position: PatternNode.Position) -> PatternNode {
    skip(1)
    return .position(position)
  }

  /// What follows the opening bracket.
  mutating func bracketed() throws(InvalidPattern) -> ScalarSet {
    var set = ScalarSet(isNegated: take("^"), ignoresCase: flags.ignoresCase)
    var isFirst = true
    // A bracket in the first place stands for itself.
    while isFirst || rest.first != "]" {
      isFirst = false
      guard let scalar = rest.first else { throw InvalidPattern(reason: "has a [ without its ]") }
      if scalar == "[", let named = try posix() {
        set.add(named)
        continue
      }
      if scalar == "\\" {
        skip(1)
        if let inner = try escapedSet() {
          set.add(.set(inner))
          continue
        }
        try addRange(from: try escapedScalar(), to: &set)
        continue
      }
      skip(1)
      try addRange(from: scalar, to: &set)
    }
    skip(1)
    return set
  }

  /// - Parameter first: the range's beginning, or a character by itself.
  private mutating func addRange(from first: Unicode.Scalar, to set: inout ScalarSet) throws(InvalidPattern) {
    var last = first
    if rest.first == "-", let end = rest.dropFirst().first, end != "]" {
      skip(2)
      last = end == "\\" ? try escapedScalar() : end
      guard first <= last else { throw InvalidPattern(reason: "has a range from \(first) back to \(last)") }
    }
    set.add(.range(first.value...last.value))
  }

  /// `[:alpha:]`, `[:^alpha:]`; `nil` for a bracket that stands for itself.
  private mutating func posix() throws(InvalidPattern) -> ScalarSet.Item? {
    guard rest.starts(with: "[:".unicodeScalars) else { return nil }
    let inner = rest.dropFirst(2)
    guard let end = inner.indices.first(where: { inner[$0...].starts(with: ":]".unicodeScalars) }) else { return nil }
    let name = String(Substring(inner[..<end]))
    guard var set = NamedSets.posix(String(name.drop { $0 == "^" })) else {
      throw InvalidPattern(reason: "has a set [:\(name):] that is not known")
    }
    skip(name.unicodeScalars.count + 4)
    set.isNegated = name.hasPrefix("^")
    return .set(set)
  }

  /// `\d`, `\W`, `\pL`, `\P{Lu}`; `nil` for what is no set.
  private mutating func escapedSet() throws(InvalidPattern) -> ScalarSet? {
    guard let letter = rest.first else { return nil }
    if letter == "p" || letter == "P" {
      skip(1)
      return try category(isNegated: letter == "P")
    }
    let lower = letter.properties.lowercaseMapping.unicodeScalars.first ?? letter
    guard var set = NamedSets.perl(lower) else { return nil }
    skip(1)
    set.isNegated = letter != lower
    return set
  }

  private mutating func category(isNegated: Bool) throws(InvalidPattern) -> ScalarSet {
    var name = ""
    if take("{") {
      while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
    } else if let scalar = next() {
      name.unicodeScalars.append(scalar)
    }
    let isReversed = name.hasPrefix("^")
    guard var set = NamedSets.category(isReversed ? String(name.dropFirst()) : name) else {
      throw InvalidPattern(reason: "names the characters \\p{\(name)}: known are the general categories, as \\p{Lu}")
    }
    set.isNegated = isNegated != isReversed
    set.ignoresCase = flags.ignoresCase
    return set
  }

  /// A character that a backslash stands before.
  private mutating func escapedScalar() throws(InvalidPattern) -> Unicode.Scalar {
    guard let scalar = next() else { throw InvalidPattern(reason: "ends in a backslash") }
    switch scalar {
    case "a": return "\u{7}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{B}"
    case "x": return try hexadecimal()
    case "0"..."7":
      // A digit by itself is a back reference.
      guard scalar == "0" || rest.first.map({ ("0"..."7").contains($0) }) == true else {
        throw InvalidPattern(reason: "has the back reference \\\(scalar), which RE2 cannot")
      }
      let digits = rest.prefix(2).prefix { ("0"..."7").contains($0) }
      skip(digits.count)
      return try value("\(scalar)\(String(digits))", radix: 8)
    default:
      guard scalar.isASCII, !scalar.properties.isAlphabetic, scalar.properties.numericType == nil else {
        throw InvalidPattern(reason: "has the escape \\\(scalar), which RE2 does not know")
      }
      return scalar
    }
  }

  private mutating func hexadecimal() throws(InvalidPattern) -> Unicode.Scalar {
    func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCII && scalar.properties.isHexDigit }
    let isLong = take("{")
    let digits = isLong ? rest.prefix(while: isDigit) : rest.prefix(2).prefix(while: isDigit)
    skip(digits.count)
    guard isLong ? take("}") && !digits.isEmpty : digits.count == 2 else {
      throw InvalidPattern(reason: "has a \\x without two hexadecimal digits, or more of them in braces")
    }
    return try value(String(digits), radix: 16)
  }

  private func value(_ digits: String, radix: Int) throws(InvalidPattern) -> Unicode.Scalar {
    guard let scalar = UInt32(digits, radix: radix).flatMap(Unicode.Scalar.init) else {
      throw InvalidPattern(reason: "has the number \(digits), which is no character's")
    }
    return scalar
  }
}
