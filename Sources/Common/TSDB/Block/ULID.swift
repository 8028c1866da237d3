/// A block's name: 48 bits of milliseconds since 1970 and 80 random bits, written as 26 characters of Crockford's base 32.
public struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  /// The value of each byte as a digit, 0xFF for those that are none.
  private static let digits = alphabet.enumerated().reduce(into: [UInt8](repeating: 0xFF, count: 256)) {
    $0[Int($1.element)] = UInt8($1.offset)
  }

  /// Reads the canonical form: 26 upper-case characters, the first no greater than 7. Prometheus names blocks in no other.
  public init?(_ text: some StringProtocol) {
    let characters = text.utf8
    guard characters.count == 26 else { return nil }
    let digits = Self.digits
    var high: UInt64 = 0
    var low: UInt64 = 0
    var isFirst = true
    for character in characters {
      let digit = digits[Int(character)]
      guard digit < (isFirst ? 8 : 32) else { return nil }
      isFirst = false
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(digit)
    }
    self.high = high
    self.low = low
  }

  /// When the name was given, in milliseconds since 1970.
  public var timestamp: Int64 { Int64(high >> 16) }

  public var description: String {
    let alphabet = Self.alphabet
    var (high, low) = (high, low)
    return unsafe String(unsafeUninitializedCapacity: 26) { characters in
      for place in (0..<26).reversed() {
        unsafe characters[place] = alphabet[Int(low & 31)]
        low = low >> 5 | high << 59
        high >>= 5
      }
      return 26
    }
  }

  public static func < (left: ULID, right: ULID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
