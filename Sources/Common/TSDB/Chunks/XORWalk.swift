/// How far the samples of an XOR chunk have been passed over: nobody asks what their values are, so that of the bits in
/// which they are stored only the number is looked at.
struct XORWalk {
  let first: Int64
  /// Of the sample that was passed over last.
  private(set) var time: Int64
  private(set) var delta: Int64 = 0
  /// Bits of a value that differs from the one before within the same window.
  private(set) var width = 64
  private(set) var isFalling = false
  /// Where the next sample begins, in bits from the start of the data.
  private(set) var position: Int

  /// Passes over the number of samples and the first two.
  /// - Parameter samples: that number, 1 at least.
  /// - Throws: as `XORDecoder.decode`.
  init(_ data: RawSpan, samples: Int) throws(Fault) {
    var reader = BitReader(data, from: 2)
    first = try reader.readVarint()
    _ = reader.read(64)
    try reader.checkEnd()
    time = first
    position = reader.position
    guard samples > 1 else { return }
    delta = Int64(bitPattern: try reader.readUvarint())
    time = first &+ delta
    isFalling = time <= first
    var cursor = BitCursor(data, at: reader.position)
    try passValue(&cursor, cursor.next)
    position = cursor.position
  }

  /// Passes over the other samples.
  /// - Throws: as `XORDecoder.decode`.
  mutating func finish(_ data: RawSpan, left: Int) throws(Fault) {
    var cursor = BitCursor(data, at: position)
    try pass(left, &cursor)
    position = cursor.position
  }

  @inline(__always)
  @_lifetime(cursor: copy cursor)
  private mutating func pass(_ samples: Int, _ cursor: inout BitCursor) throws(Fault) {
    var left = samples
    while left > 0 {
      let bits = cursor.next
      // A sample in the same rhythm and of the same value is two zeros.
      let same = min(left, min(56, bits.leadingZeroBitCount) &>> 1)
      if same > 1, rises(by: same) {
        cursor.skip(same &* 2)
        left &-= same
        continue
      }
      let value = passDeltaOfDelta(&cursor, bits)
      let next = time &+ delta
      // No early exit: almost every chunk is sound.
      isFalling = (next <= time) || isFalling
      time = next
      try passValue(&cursor, value)
      left &-= 1
    }
    try cursor.checkEnd()
  }

  /// Goes on by some samples in the same rhythm, if that does not lead past the end of all times.
  @inline(__always)
  private mutating func rises(by samples: Int) -> Bool {
    let (way, isTooLong) = delta.multipliedReportingOverflow(by: Int64(truncatingIfNeeded: samples))
    let (end, isTooFar) = time.addingReportingOverflow(way)
    guard delta > 0, !isTooLong, !isTooFar else { return false }
    time = end
    return true
  }

  /// - Returns: the bits behind it, 33 at least.
  @inline(__always)
  @_lifetime(cursor: copy cursor)
  private mutating func passDeltaOfDelta(_ cursor: inout BitCursor, _ bits: UInt64) -> UInt64 {
    let ones = UInt64(truncatingIfNeeded: (~bits).leadingZeroBitCount)
    if ones == 0 {
      cursor.skip(1)
      return bits &<< 1
    }
    if ones < 4 {
      // 14, 17 or 20 bits after a prefix of ones and a zero.
      let width = 11 &+ 3 &* ones
      delta &+= BitReader.signed((bits &<< (ones &+ 1)) &>> (64 &- width), width: width)
      cursor.skip(Int(truncatingIfNeeded: ones &+ 1 &+ width))
      return bits &<< (ones &+ 1 &+ width)
    }
    cursor.skip(4)
    let high = cursor.next &>> 32
    cursor.skip(32)
    let low = cursor.next &>> 32
    cursor.skip(32)
    delta &+= Int64(bitPattern: high &<< 32 | low)
    return cursor.next
  }

  /// Passes over a value: `0` it is the same; `10` it differs within the window; `11` within a new one, of which follow
  /// 5 bits of leading zeros and 6 of width, 0 for 64.
  @inline(__always)
  @_lifetime(cursor: copy cursor)
  private mutating func passValue(_ cursor: inout BitCursor, _ bits: UInt64) throws(Fault) {
    if Int64(bitPattern: bits) >= 0 { return cursor.skip(1) }
    if bits & (1 &<< 62) == 0 { return cursor.skip(2 &+ width) }
    let leading = Int(truncatingIfNeeded: (bits &<< 2) &>> 59)
    let size = Int(truncatingIfNeeded: (bits &<< 7) &>> 58)
    width = size == 0 ? 64 : size
    cursor.skip(13)
    guard leading &+ width <= 64 else { throw XORWindow.tooWide(at: cursor.byteOffset, UInt64(leading &+ width)) }
    cursor.skip(width)
  }
}
