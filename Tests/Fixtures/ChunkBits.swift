/// Writes the bit stream of a chunk by hand, most significant bit first, from the words of the format's description.
public struct ChunkBits {
  public private(set) var bytes: [UInt8]
  private var free = 0

  /// - Parameter header: the bytes before the bit stream.
  public init(header: [UInt8] = []) { bytes = header }

  /// The low `count` bits of `value`.
  public mutating func bits(_ value: UInt64, _ count: Int) {
    for bit in stride(from: count - 1, through: 0, by: -1) {
      if free == 0 {
        bytes.append(0)
        free = 8
      }
      free -= 1
      bytes[bytes.count - 1] |= UInt8(value >> UInt64(bit) & 1) << UInt8(free)
    }
  }

  /// Ones and zeros as they are written in the format's description: `"110"`.
  public mutating func bits(_ text: String) { for digit in text { bits(digit == "1" ? 1 : 0, 1) } }

  public mutating func float(_ value: Double) { bits(value.bitPattern, 64) }

  public mutating func uvarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bits(rest & 0x7f | 0x80, 8)
      rest >>= 7
    }
    bits(rest, 8)
  }

  public mutating func varint(_ value: Int64) { uvarint(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63)) }

  private static let widths: [(prefix: String, bits: Int)] = [
    ("10", 3), ("110", 6), ("1110", 9), ("11110", 12), ("111110", 18), ("1111110", 25), ("11111110", 56),
  ]

  public mutating func varbitInt(_ value: Int64) {
    if value == 0 { return bits("0") }
    for (prefix, width) in Self.widths where value >= -(1 << (width - 1)) + 1 && value <= 1 << (width - 1) {
      bits(prefix)
      return bits(UInt64(bitPattern: value), width)
    }
    bits("11111111")
    bits(UInt64(bitPattern: value), 64)
  }

  public mutating func varbitUInt(_ value: UInt64) {
    if value == 0 { return bits("0") }
    for (prefix, width) in Self.widths where value < 1 << UInt64(width) {
      bits(prefix)
      return bits(value, width)
    }
    bits("11111111")
    bits(value, 64)
  }

  /// A value whose XOR with the one before it is `difference`, in a window of its own without leading zeros.
  public mutating func xor(_ difference: UInt64, prefix: String = "11") {
    if difference == 0 { return bits("0") }
    bits(prefix)
    let trailing = difference.trailingZeroBitCount
    let leading = min(31, difference.leadingZeroBitCount)
    bits(UInt64(leading), 5)
    bits(UInt64(64 - leading - trailing), 6)
    bits(difference >> UInt64(trailing), 64 - leading - trailing)
  }
}

extension Double {
  /// What Prometheus writes when a series ends.
  public static let stale = Double(bitPattern: 0x7ff0_0000_0000_0002)
}
