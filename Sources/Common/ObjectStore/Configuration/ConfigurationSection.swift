internal import Quantities
internal import Yams

/// One map of a configuration while it is being read: values by their keys, and at the end what nobody asked for.
///
/// Values are taken as Thanos' decoder (go-yaml 2) takes them: numbers and booleans are good as text, text in quotes is
/// no number; nothing (`null`, `~`) leaves the default.
struct ConfigurationSection {
  let text: ConfigurationText
  /// Keys from the root, joined by `.`; `""` for the root.
  let path: String
  private let line: Int?
  private var entries: [String: Entry] = [:]
  /// Keys that were asked for, in that order.
  private var known: [String] = []

  private struct Entry {
    let line: Int
    let value: Node
  }

  /// - Parameter node: `nil` for a map that is not there.
  init(_ node: Node?, line: Int?, path: String, text: ConfigurationText) throws(ConfigurationError) {
    self.text = text
    self.path = path
    self.line = line
    guard let node, !Self.isNull(node) else { return }
    guard case .mapping(let mapping) = node else {
      throw ConfigurationError(
        .wrongValue, in: text.name, line: line, key: path.isEmpty ? nil : path,
        "expected a map (`key: value` lines), found \(Self.kind(of: node))")
    }
    try take(mapping)
  }

  /// Takes over a map's entries; those of maps merged in by `<<` after its own, which win.
  private mutating func take(_ mapping: Node.Mapping) throws(ConfigurationError) {
    var merged: [(line: Int, node: Node)] = []
    for (key, value) in mapping {
      let line = key.mark.map { text.line($0.line) } ?? self.line ?? 1
      guard case .scalar(let name) = key else {
        throw ConfigurationError(
          .malformed, in: text.name, line: line, "a key must be a word, not \(Self.kind(of: key))")
      }
      if name.string == "<<", name.style == .plain {
        if case .sequence(let several) = value {
          merged += several.map { (line, $0) }
        } else {
          merged.append((line, value))
        }
      } else if entries[name.string] == nil {
        entries[name.string] = Entry(line: line, value: value)
      }
    }
    for (line, node) in merged {
      guard case .mapping(let mapping) = node else {
        throw ConfigurationError(
          .malformed, in: text.name, line: line, "`<<` takes maps only, found \(Self.kind(of: node))")
      }
      try take(mapping)
    }
  }

  // MARK: Values

  mutating func string(_ key: String, default fallback: String = "") throws(ConfigurationError) -> String {
    try scalar(key, expecting: "text")?.string ?? fallback
  }

  mutating func secret(_ key: String) throws(ConfigurationError) -> Secret { Secret(try string(key)) }

  mutating func bool(_ key: String, default fallback: Bool = false) throws(ConfigurationError) -> Bool {
    guard let scalar = try scalar(key, expecting: "true or false") else { return fallback }
    guard let value = ConfigurationScalar.bool(scalar) else {
      throw failure(.wrongValue, key, "expected true or false, without quotes")
    }
    return value
  }

  mutating func int(_ key: String, default fallback: Int = 0, in range: ClosedRange<Int64>) throws(ConfigurationError)
    -> Int
  {
    guard let scalar = try scalar(key, expecting: "a whole number") else { return fallback }
    guard let value = ConfigurationScalar.integer(scalar), range.contains(value), let fitting = Int(exactly: value)
    else {
      throw failure(
        .wrongValue, key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), without quotes")
    }
    return fitting
  }

  mutating func bytes(_ key: String, default fallback: UInt64 = 0) throws(ConfigurationError) -> UInt64 {
    guard let scalar = try scalar(key, expecting: "a number of bytes") else { return fallback }
    guard let value = ConfigurationScalar.integer(scalar), let size = UInt64(exactly: value) else {
      throw failure(.wrongValue, key, "expected a whole number of bytes such as 67108864, without unit or quotes")
    }
    return size
  }

  mutating func duration(_ key: String, default fallback: Duration = .zero) throws(ConfigurationError) -> Duration {
    guard let scalar = try scalar(key, expecting: "a duration") else { return fallback }
    guard let value = PrometheusDuration.parse(scalar.string) else {
      throw failure(.wrongValue, key, "expected a duration such as 1m30s (units y, w, d, h, m, s, ms in that order)")
    }
    return value
  }

  /// A duration in Go's own notation, which one key of OCI has. A bare number is nanoseconds.
  mutating func goDuration(_ key: String, default fallback: Duration) throws(ConfigurationError) -> Duration {
    guard let scalar = try scalar(key, expecting: "a duration") else { return fallback }
    guard let value = GoDuration.parse(scalar.string) ?? ConfigurationScalar.integer(scalar).map({ .nanoseconds($0) })
    else {
      throw failure(.wrongValue, key, "expected a duration such as 90s or 1m30s")
    }
    return value
  }

  /// One of some words. `""` is the default, too.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    let word = try string(key)
    if word.isEmpty { return fallback }
    if let choice = Choice(rawValue: word) { return choice }
    let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw failure(.wrongValue, key, "expected one of \(words), found \"\(text.shown(word))\"")
  }

  /// A map of text to text, sorted by key.
  mutating func strings(_ key: String) throws(ConfigurationError) -> [(key: String, value: String)] {
    var inner = try section(key)
    var result: [(key: String, value: String)] = []
    for name in inner.entries.keys.sorted() { result.append((name, try inner.string(name))) }
    return result
  }

  mutating func section(_ key: String) throws(ConfigurationError) -> ConfigurationSection {
    known.append(key)
    let entry = entries[key]
    return try ConfigurationSection(entry?.value, line: entry?.line ?? line, path: joined(key), text: text)
  }

  private mutating func scalar(_ key: String, expecting: String) throws(ConfigurationError) -> Node.Scalar? {
    known.append(key)
    guard let entry = entries[key], !Self.isNull(entry.value) else { return nil }
    guard case .scalar(let scalar) = entry.value else {
      throw failure(.wrongValue, key, "expected \(expecting), found \(Self.kind(of: entry.value))")
    }
    guard ConfigurationScalar.isOrdinary(scalar) else {
      throw failure(.wrongValue, key, "expected \(expecting), found a value with a tag of its own")
    }
    return scalar
  }

  // MARK: Errors

  /// Refuses keys that nobody asked for.
  func finish() throws(ConfigurationError) {
    guard let stranger = entries.filter({ !known.contains($0.key) }).min(by: { $0.value.line < $1.value.line }) else {
      return
    }
    let hint =
      Spelling.nearest(to: stranger.key, among: known).map { "did you mean \($0)?" }
      ?? "\(path.isEmpty ? "here" : path) takes \(known.joined(separator: ", "))"
    throw ConfigurationError(
      .unknownKey, in: text.name, line: stranger.value.line, key: joined(text.shown(stranger.key)),
      "unknown key; \(hint)")
  }

  /// The line of a key, or of where it should be.
  func line(of key: String) -> Int? { entries[key]?.line ?? line }

  /// An error at a key, or where it should be.
  func failure(_ code: ConfigurationError.Code, _ key: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(code, in: text.name, line: line(of: key), key: joined(key), reason)
  }

  /// The key's value must not be empty.
  func require(_ key: String, _ isThere: Bool, _ meaning: String) throws(ConfigurationError) {
    guard !isThere else { return }
    throw failure(.missingKey, key, "missing; set it to \(meaning)")
  }

  private func joined(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private static func isNull(_ node: Node) -> Bool {
    if case .scalar(let scalar) = node { ConfigurationScalar.isNull(scalar) } else { false }
  }

  private static func kind(of node: Node) -> String {
    switch node {
    case .mapping: "a map"
    case .sequence: "a list"
    default: "a single value"
    }
  }
}
