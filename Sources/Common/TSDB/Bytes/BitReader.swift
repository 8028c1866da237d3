/// A cursor over the bit stream of a chunk, most significant bit first.
///
/// The next bits wait at the top of a 64-bit buffer. `refill` brings at least 56 of them with one load and no branch
/// but the one that looks for the end; the calls that take bits do not look. Behind the end of the data the reader sees
/// zeros: whoever has read a sample asks `checkEnd` once, which is where truncated data becomes an error.
///
/// Everything on the hot path is inlined and nothing that is not inlined is handed `self`: so the optimiser keeps the
/// three fields in registers.
struct BitReader: ~Escapable {
  private let bytes: RawSpan
  /// Where the next load begins, in bytes. Runs past the end by less than 8 a refill.
  private var offset: Int
  /// The next bits, the first of them on top. Below the `available` ones lie the true next bits, or zeros.
  private var buffer: UInt64 = 0
  private var available: UInt64 = 0

  /// Starts at byte `offset` of `bytes`. One past the end is allowed: there is nothing to read then.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from offset: Int) {
    self.bytes = bytes
    self.offset = offset
  }

  /// Bits taken from the start of the data on.
  var position: Int { offset &* 8 &- Int(truncatingIfNeeded: available) }

  /// Bits left, negative when more were taken than there are.
  var remaining: Int { bytes.byteCount &* 8 &- position }

  /// Makes sure that at least 56 bits wait in the buffer.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func refill() {
    let word: UInt64
    if offset &+ 8 <= bytes.byteCount {
      word = unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    } else {
      word = Self.lastWord(of: bytes, from: offset)
    }
    buffer |= word &>> available
    offset &+= Int(truncatingIfNeeded: (63 &- available) &>> 3)
    available |= 56
  }

  /// The bytes from `offset` on with zeros after the last one.
  @inline(never)
  static func lastWord(of bytes: RawSpan, from offset: Int) -> UInt64 {
    let missing = offset &+ 8 &- bytes.byteCount
    if missing >= 8 { return 0 }
    if bytes.byteCount >= 8 {
      // A quarter of the samples of a series that never changes lie in the last eight bytes: no loop for these.
      let last = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: bytes.byteCount &- 8, as: UInt64.self)
      return UInt64(bigEndian: last) &<< UInt64(truncatingIfNeeded: missing &* 8)
    }
    var word: UInt64 = 0
    for place in offset..<offset &+ 8 {
      word <<= 8
      guard place < bytes.byteCount else { continue }
      word |= unsafe UInt64(bytes.unsafeLoad(fromUncheckedByteOffset: place, as: UInt8.self))
    }
    return word
  }

  /// The next bits, the first of them on top. As many as the last `refill` left are valid.
  @inline(__always)
  var next: UInt64 { buffer }

  /// Passes over `count` bits, 0…63 and no more than wait in the buffer.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func skip(_ count: UInt64) {
    buffer &<<= count
    available &-= count
  }

  /// Takes `count` bits, 1…63 and no more than wait in the buffer.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func take(_ count: UInt64) -> UInt64 {
    let bits = buffer &>> (64 &- count)
    skip(count)
    return bits
  }

  /// Refills and takes `count` bits, 1…64.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func read(_ count: UInt64) -> UInt64 {
    refill()
    if count <= 56 { return take(count) }
    let high = take(count &- 32)
    refill()
    return high &<< 32 | take(32)
  }

  /// Throws if more was taken than there is. To be asked once a sample.
  @inline(__always)
  func checkEnd() throws(Fault) {
    // Only loads that reached past the end can have brought bits that do not exist.
    if offset > bytes.byteCount, remaining < 0 { throw Self.truncated(bytes.byteCount) }
  }

  @inline(never)
  static func truncated(_ count: Int) -> Fault {
    Fault(.truncated, at: count, expected: "more bits: the chunk ends inside a sample")
  }

  /// Where a fault in what was read last lies, in bytes from the start of the data.
  var byteOffset: Int { min(bytes.byteCount, max(0, position) / 8) }
}

// Numbers of variable length. They occur in a chunk's first two samples and in histograms.
extension BitReader {
  /// A LEB128 number, 8 bits a byte.
  @_lifetime(self: copy self)
  mutating func readUvarint() throws(Fault) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = read(8)
      if shift == 63, byte > 1 {
        throw Fault(.malformed, at: byteOffset, expected: "a varint of at most 64 bits")
      }
      value |= (byte & 0x7f) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
  }

  /// A zigzag LEB128 number, 8 bits a byte.
  @_lifetime(self: copy self)
  mutating func readVarint() throws(Fault) -> Int64 {
    let value = try readUvarint()
    return Int64(bitPattern: value &>> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// An unsigned "varbit" number: up to eight ones tell how many bits follow.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func readVarbitUInt() -> UInt64 {
    refill()
    let width = takeVarbitWidth()
    return width == 0 ? 0 : read(width)
  }

  /// A signed "varbit" number, of the range −(2ⁿ⁻¹−1)…2ⁿ⁻¹.
  @inline(__always)
  @_lifetime(self: copy self)
  mutating func readVarbitInt() -> Int64 {
    refill()
    let width = takeVarbitWidth()
    return width == 0 ? 0 : Self.signed(read(width), width: width)
  }

  @inline(__always)
  @_lifetime(self: copy self)
  private mutating func takeVarbitWidth() -> UInt64 {
    let ones = (~buffer).leadingZeroBitCount
    if ones == 0 {
      skip(1)
      return 0
    }
    // The last prefix has no zero at its end.
    skip(UInt64(truncatingIfNeeded: min(ones &+ 1, 8)))
    switch ones {
    case 1...4: return UInt64(truncatingIfNeeded: ones &* 3)
    case 5: return 18
    case 6: return 25
    case 7: return 56
    default: return 64
    }
  }

  /// Prometheus' reading of a signed number of `width` bits: half the range is positive, unlike two's complement.
  @inline(__always)
  static func signed(_ raw: UInt64, width: UInt64) -> Int64 {
    if width == 64 { return Int64(bitPattern: raw) }
    let half: UInt64 = 1 &<< (width &- 1)
    return Int64(bitPattern: raw > half ? raw &- (half &<< 1) : raw)
  }
}
