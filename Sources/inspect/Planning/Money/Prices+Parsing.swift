public import ObjectStore
import Platform
internal import Yams

extension Prices {
  /// Bytes; a price list is a few lines.
  private static let lengthLimit: UInt64 = 1 << 20

  private enum Key: String, CaseIterable {
    case currency
    case storage = "storage_per_gib_month"
    case put = "put_per_1000"
    case putEach = "put_each"
    case get = "get_per_1000"
    case getEach = "get_each"
    case egress = "egress_per_gib"
  }

  /// Reads a price list. Blocks.
  public init(file path: String) throws(ConfigurationError) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try OpenFile(path).readAll(limit: Self.lengthLimit)
    } catch {
      throw ConfigurationError(.unreadable, in: path, "\(error); give the path of a price list as docs/inspect-plan.md has one")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(.malformed, in: path, "it is not UTF-8 text; is this the price list?")
    }
    try self.init(parsing: text, name: path)
  }

  /// Reads a price list's text.
  /// - Parameter name: what errors call it.
  public init(parsing text: String, name: String) throws(ConfigurationError) {
    let node: Node?
    do {
      node = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).nextRoot()
    } catch {
      throw ConfigurationError(.malformed, in: name, "it is no YAML: \(Self.problem(error))")
    }
    guard let node, case .mapping(let mapping) = node else {
      throw ConfigurationError(.malformed, in: name, "expected `key: value` lines with \(Self.keys)")
    }
    self.init()
    var given: Set<String> = []
    for (key, value) in mapping {
      let line = key.mark?.line
      guard case .scalar(let scalar) = key else {
        throw ConfigurationError(.malformed, in: name, line: line, "a key must be a word")
      }
      guard let known = Key(rawValue: scalar.string) else {
        throw ConfigurationError(.unknownKey, in: name, line: line, key: scalar.string, "unknown key; there are \(Self.keys)")
      }
      guard given.insert(scalar.string).inserted else {
        throw ConfigurationError(.duplicateKey, in: name, line: line, key: scalar.string, "given twice; keep one of them")
      }
      try take(known, value, Place(name: name, line: line))
    }
    for (one, other) in [(Key.put, Key.putEach), (.get, .getEach)]
    where given.contains(one.rawValue) && given.contains(other.rawValue) {
      throw ConfigurationError(
        .contradiction, in: name, key: other.rawValue, "\(one.rawValue) says the same; keep one of them")
    }
  }

  private struct Place {
    let name: String
    let line: Int?
  }

  private mutating func take(_ key: Key, _ value: Node, _ place: Place) throws(ConfigurationError) {
    func wrong(_ reason: String) -> ConfigurationError {
      ConfigurationError(.wrongValue, in: place.name, line: place.line, key: key.rawValue, reason)
    }
    guard case .scalar(let scalar) = value else { throw wrong("expected a single value") }
    if key == .currency {
      guard !scalar.string.isEmpty, scalar.string.utf8.count <= 16 else { throw wrong("expected a currency such as EUR") }
      currency = scalar.string
      return
    }
    let digits = scalar.string.utf8.allSatisfy { (0x30...0x39).contains($0) || "eE+-.".utf8.contains($0) }
    guard digits, let price = Double(scalar.string), price.isFinite, (0...1e9).contains(price) else {
      throw wrong("expected a price, 0 or more, as 0.023")
    }
    switch key {
    case .currency: break
    case .storage: storagePerGiBMonth = price
    case .put: putPer1000 = price
    case .putEach: putPer1000 = price * 1000
    case .get: getPer1000 = price
    case .getEach: getPer1000 = price * 1000
    case .egress: egressPerGiB = price
    }
  }

  private static let keys = Key.allCases.map(\.rawValue).joined(separator: ", ")

  /// The parser's own words without the piece of text that it shows, which takes several lines.
  private static func problem(_ error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(let keys, _): "\(keys.first.map { "\($0)" } ?? "a key") is given twice"
    default: "the text cannot be read"
    }
  }
}
