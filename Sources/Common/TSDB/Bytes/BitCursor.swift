/// A place in the bit stream of a chunk, most significant bit first, for whoever passes over most of what he meets.
///
/// Unlike `BitReader` it keeps no bits: where the next sample begins then depends on the one before only by way of
/// branches, which processors foresee, and not on the bits that were loaded for it. Behind the end of the data lie zeros;
/// whoever has come to the end of what he looked for asks `checkEnd`.
struct BitCursor: ~Escapable {
  private let bytes: RawSpan
  /// Bits from the start of the data on.
  private(set) var position: Int

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  /// The next bits, the first of them on top: 57 at least.
  @inline(__always)
  var next: UInt64 {
    let offset = position &>> 3
    let word: UInt64
    if offset &+ 8 <= bytes.byteCount {
      word = unsafe UInt64(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    } else {
      word = BitReader.lastWord(of: bytes, from: offset)
    }
    return word &<< UInt64(truncatingIfNeeded: position & 7)
  }

  @inline(__always)
  @_lifetime(self: copy self)
  mutating func skip(_ count: Int) { position &+= count }

  /// Throws if more was passed over than there is.
  func checkEnd() throws(Fault) {
    if position > bytes.byteCount &* 8 { throw BitReader.truncated(bytes.byteCount) }
  }

  /// In bytes from the start of the data.
  var byteOffset: Int { min(bytes.byteCount, position / 8) }
}
