/// A block's name: 48 bits of milliseconds since 1970 and 80 random bits, written as 26 characters of Crockford's base 32.
public struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// Reads the canonical form: 26 upper-case characters, the first no greater than 7. Prometheus names blocks in no other.
  public init?(_ text: some StringProtocol) {
    let characters = Array(text.utf8)
    guard characters.count == 26 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for (place, character) in characters.enumerated() {
      guard let digit = Self.alphabet.firstIndex(of: character), place > 0 || digit < 8 else { return nil }
      high = high << 5 | low >> 59
      low = low << 5 | UInt64(digit)
    }
    self.high = high
    self.low = low
  }

  /// When the name was given, in milliseconds since 1970.
  public var timestamp: Int64 { Int64(high >> 16) }

  public var description: String {
    var high = high
    var low = low
    var characters = [UInt8](repeating: 0, count: 26)
    for place in characters.indices.reversed() {
      characters[place] = Self.alphabet[Int(low & 31)]
      low = low >> 5 | high << 59
      high >>= 5
    }
    return String(decoding: characters, as: UTF8.self)
  }

  public static func < (left: ULID, right: ULID) -> Bool { (left.high, left.low) < (right.high, right.low) }
}
