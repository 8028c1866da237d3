/// RFC 3986 percent-encoding as S3's signatures want it: unreserved characters stay, everything else is `%XX`.
public enum PercentEncoding {
  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// - Parameter slashes: whether `/` stays, as it does in paths.
  public static func encode(_ text: String, keepingSlashes slashes: Bool = false) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) || slashes && byte == UInt8(ascii: "/") {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Undoes form encoding, where `+` is a space, as listings with `encoding-type=url` come.
  /// - Returns: `nil` where a `%` is not followed by two digits.
  public static func decodeForm(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// The parameters of a query before they are encoded.
public struct HTTPQuery: Equatable, Sendable {
  /// A name and its value, neither encoded.
  public struct Parameter: Equatable, Sendable {
    public var name: String
    public var value: String
  }

  /// In the order in which they were given.
  public var parameters: [Parameter] = []

  public init(_ parameters: [(String, String)] = []) {
    self.parameters = parameters.map { Parameter(name: $0.0, value: $0.1) }
  }

  /// Sorted by name, then by value, as encoded bytes; a parameter without a value keeps its `=`. This is what V4 signs,
  /// so this is what is sent.
  public var encoded: String {
    parameters.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
      .sorted { a, b in
        a.0 == b.0 ? a.1.utf8.lexicographicallyPrecedes(b.1.utf8) : a.0.utf8.lexicographicallyPrecedes(b.0.utf8)
      }
      .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
  }

  /// The first value under a name.
  public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }
}
