/// A cursor over bytes from disk: the integers and strings that indexes, tombstones and chunks are made of.
///
/// Positions count from the start of the span it was made over, also when it reads only a part of it, so that a fault
/// found in a section names its place in the file. Every read is checked against `end`; where eight bytes are left
/// one comparison covers a whole integer. A failed read leaves the position where the value began.
struct ByteReader: ~Escapable {
  private let bytes: RawSpan
  /// Of the next byte, from the start of the span. Never beyond `end`.
  private(set) var position: Int
  /// Where reading ends, from the start of the span.
  let end: Int

  /// Reads all of `bytes`.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
    position = 0
    end = bytes.byteCount
  }

  /// Reads a part of `bytes`. What of `range` lies outside of them counts as missing.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, in range: Range<Int>) {
    self.bytes = bytes
    end = max(0, min(range.upperBound, bytes.byteCount))
    position = max(0, min(range.lowerBound, end))
  }

  /// Number of bytes left.
  @inline(__always)
  var remaining: Int { end &- position }

  var isAtEnd: Bool { position == end }

  @inline(__always)
  @_lifetime(self: copy self)
  mutating func uint8() throws(Fault) -> UInt8 {
    guard remaining >= 1 else { throw truncated("one byte") }
    defer { position &+= 1 }
    return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt8.self)
  }

  /// Big-endian, as all fixed integers of the formats.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func uint16() throws(Fault) -> UInt16 {
    guard remaining >= 2 else { throw truncated("two bytes of an integer") }
    defer { position &+= 2 }
    return UInt16(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt16.self))
  }

  /// Big-endian, as all fixed integers of the formats.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func uint32() throws(Fault) -> UInt32 {
    guard remaining >= 4 else { throw truncated("four bytes of an integer") }
    defer { position &+= 4 }
    return UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt32.self))
  }

  /// Big-endian, as all fixed integers of the formats.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func uint64() throws(Fault) -> UInt64 {
    guard remaining >= 8 else { throw truncated("eight bytes of an integer") }
    defer { position &+= 8 }
    return UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
  }

  /// An unsigned LEB128 integer of 64 bits, at most ten bytes long.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func uvarint() throws(Fault) -> UInt64 {
    guard remaining >= 8 else { return try uvarintByBytes() }
    let word = UInt64(
      littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self))
    if word & 0x80 == 0 {
      position &+= 1
      return word & 0x7f
    }
    if word & 0x8000 == 0 {
      position &+= 2
      return word & 0x7f | (word & 0x7f00) >> 1
    }
    // The lowest clear top bit marks the last byte. Everything above it is masked away, then the groups of seven bits
    // are moved together in three steps: as quick for three bytes as for eight, and no branch to mispredict.
    let last = ~word & 0x8080_8080_8080_8080
    guard last != 0 else { return try uvarintByBytes() }
    position &+= (last.trailingZeroBitCount &+ 1) >> 3
    var value = word & (last ^ (last &- 1)) & 0x7f7f_7f7f_7f7f_7f7f
    value = value & 0x007f_007f_007f_007f | (value & 0x7f00_7f00_7f00_7f00) >> 1
    value = value & 0x0000_3fff_0000_3fff | (value & 0x3fff_0000_3fff_0000) >> 2
    return value & 0x0000_0000_0fff_ffff | (value & 0x0fff_ffff_0000_0000) >> 4
  }

  /// A signed integer in zigzag order, otherwise as `uvarint`.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func varint() throws(Fault) -> Int64 {
    let value = try uvarint()
    return Int64(bitPattern: value >> 1) ^ (0 &- Int64(bitPattern: value & 1))
  }

  /// The next `count` bytes.
  @inline(__always)
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func bytes(_ count: Int) throws(Fault) -> RawSpan {
    guard count >= 0, count <= remaining else { throw truncated("as many bytes as the length says") }
    defer { position &+= count }
    return unsafe bytes.extracting(unchecked: position..<(position &+ count))
  }

  /// Bytes that an unsigned LEB128 length stands before.
  @inline(__always)
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  mutating func lengthPrefixedBytes() throws(Fault) -> RawSpan {
    let start = position
    let count = try uvarint()
    guard count <= UInt64(truncatingIfNeeded: remaining) else {
      position = start
      throw Fault(.outOfRange, at: start, expected: "a length of bytes that are there", found: count)
    }
    return try bytes(Int(truncatingIfNeeded: count))
  }

  @_lifetime(self: copy self)
  mutating func skip(_ count: Int) throws(Fault) {
    _ = try bytes(count)
  }

  /// Goes to a position up to `end`; what lies outside counts as the nearest inside.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func move(to position: Int) {
    self.position = max(0, min(position, end))
  }

  /// One byte after the other: near the end, and for integers of nine and ten bytes.
  @inline(never)
  @_lifetime(self: copy self)
  private mutating func uvarintByBytes() throws(Fault) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard position < end else {
        position = start
        throw truncated("the rest of a variable-length integer")
      }
      let byte = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt8.self)
      if shift == 63, byte > 1 { break }
      position &+= 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    position = start
    throw Fault(.malformed, at: start, expected: "a variable-length integer of at most 64 bits")
  }

  @inline(never)
  private func truncated(_ expected: StaticString) -> Fault {
    Fault(.truncated, at: position, expected: expected, found: UInt64(truncatingIfNeeded: remaining))
  }
}
