/// A JSON document that keeps what it was read from: the order of keys and the digits of numbers.
///
/// A block's meta.json must survive a round trip with fields that this program has never heard of (a 64-bit integer must
/// not become a double on the way), which neither `Codable` nor `JSONSerialization` promises.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number by its text, as the grammar of RFC 8259 has it.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  public static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// A double as the shortest text that reads back the same; `null` for what JSON cannot say.
  public static func double(_ value: Double) -> JSONValue {
    guard value.isFinite else { return .null }
    return .number(value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)")
  }

  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  public var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  public var string: String? { if case .string(let string) = self { string } else { nil } }
  public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  /// The number if it is a whole one that fits.
  public var int64: Int64? { if case .number(let text) = self { Int64(text) } else { nil } }
  public var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

/// The members of a JSON object in their order. Objects are small: look-ups walk along.
public struct JSONObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  public struct Member: Equatable, Sendable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public private(set) var members: [Member]

  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { Member(key: $0.0, value: $0.1) }
  }

  /// - Parameter members: each key once.
  public init(members: [Member]) { self.members = members }

  /// The value of a key, compared as bytes. Setting `nil` removes it; a new key goes to the end.
  public subscript(key: String) -> JSONValue? {
    get { index(of: key).map { members[$0].value } }
    set {
      switch (index(of: key), newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  private func index(of key: String) -> Int? {
    members.firstIndex { $0.key.hasSameBytes(as: key) }
  }
}

extension String {
  /// Two strings that differ in their bytes can be "equal" to Swift; those that are not differ in them, which it finds
  /// out faster than a walk along both.
  func hasSameBytes(as other: String) -> Bool { self == other && utf8.elementsEqual(other.utf8) }
}
