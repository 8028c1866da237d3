/// A float that is stored as the bits in which it differs from the one before, and the window those bits lie in.
///
/// Used by XOR chunks and by every float of a histogram.
struct XORWindow {
  /// The value's bits.
  var bits: UInt64 = 0
  /// Zeros below the window, 0…63.
  var trailing: UInt64 = 0
  /// Bits in the window, 1…64.
  var width: UInt64 = 64

  /// The stale marker, a NaN with this very pattern: the series has ended, or its target is gone.
  static let stale: UInt64 = 0x7ff0_0000_0000_0002

  @inline(__always)
  var isStale: Bool { bits == Self.stale }

  /// Reads the next value: `0` it is the same; `10` it differs within the window; `11` within a new one.
  /// The reader must have at least 13 bits in its buffer.
  @inline(__always)
  @_lifetime(reader: copy reader)
  mutating func next(_ reader: inout BitReader) throws(Fault) {
    let head = reader.next
    if Int64(bitPattern: head) >= 0 {
      reader.skip(1)
      return
    }
    if head & (1 &<< 62) == 0 {
      reader.skip(2)
    } else {
      reader.skip(2)
      try readWindow(&reader)
    }
    bits ^= reader.read(width) &<< trailing
  }

  /// Reads a new window: 5 bits of leading zeros, 6 bits of width with 0 for 64.
  @inline(__always)
  @_lifetime(reader: copy reader)
  mutating func readWindow(_ reader: inout BitReader) throws(Fault) {
    let leading = reader.take(5)
    let size = reader.take(6)
    let newWidth = size == 0 ? 64 : size
    guard leading &+ newWidth <= 64 else { throw Self.tooWide(at: reader.byteOffset, leading &+ newWidth) }
    width = newWidth
    trailing = 64 &- leading &- newWidth
  }

  @inline(never)
  static func tooWide(at offset: Int, _ bits: UInt64) -> Fault {
    Fault(.malformed, at: offset, expected: "a window of at most 64 bits", found: bits)
  }
}
