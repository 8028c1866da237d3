/// The fields of a request or response head, in their order. Names compare without regard to case.
public struct HTTPHeaders: Equatable, Sendable {
  /// A field as it is written.
  public struct Field: Equatable, Sendable {
    public var name: String
    public var value: String
  }

  /// In the order in which they were added.
  public private(set) var fields: [Field] = []

  public init() {}

  public init(_ fields: [(String, String)]) {
    for (name, value) in fields { add(name, value) }
  }

  /// The first value under a name. Setting it takes the place of all fields of that name; `nil` removes them.
  public subscript(name: String) -> String? {
    get { fields.first { Self.same($0.name, name) }?.value }
    set {
      fields.removeAll { Self.same($0.name, name) }
      if let newValue { add(name, newValue) }
    }
  }

  /// Adds a field behind the others, whatever there is under its name.
  public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

  private static func same(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lower($0) == lower($1) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
