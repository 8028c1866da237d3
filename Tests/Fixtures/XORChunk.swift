/// Writes an XOR chunk as Prometheus does.
public struct XORChunk: Sendable {
  /// As they lie behind the encoding in a segment.
  public private(set) var bytes: [UInt8] = [0, 0]
  /// Bits free in the last byte.
  private var free = 0
  private var count = 0
  /// Of the first sample, in milliseconds.
  public private(set) var start: Int64 = 0
  /// Of the last one.
  public private(set) var time: Int64 = 0
  private var delta: Int64 = 0
  private var value: UInt64 = 0
  private var leading = -1
  private var trailing = 0

  public init() {}

  /// - Parameter newTime: milliseconds since 1970, after the last one.
  public mutating func append(_ newTime: Int64, _ newValue: Double) {
    let bits = newValue.bitPattern
    if count == 0 {
      start = newTime
      bytes.appendVarint(newTime)
      write(bits, 64)
    } else {
      let newDelta = newTime - time
      if count == 1 { bytes.appendUvarint(UInt64(bitPattern: newDelta)) } else { writeDeltaOfDelta(newDelta - delta) }
      writeValue(bits ^ value)
      delta = newDelta
    }
    time = newTime
    value = bits
    count += 1
    bytes[0] = UInt8(truncatingIfNeeded: count >> 8)
    bytes[1] = UInt8(truncatingIfNeeded: count)
  }

  private mutating func writeDeltaOfDelta(_ difference: Int64) {
    let bits = UInt64(bitPattern: difference)
    switch difference {
    case 0: write(0, 1)
    case -8191...8192: write(0b10, 2); write(bits, 14)
    case -65535...65536: write(0b110, 3); write(bits, 17)
    case -524287...524288: write(0b1110, 4); write(bits, 20)
    default: write(0b1111, 4); write(bits, 64)
    }
  }

  private mutating func writeValue(_ difference: UInt64) {
    if difference == 0 { return write(0, 1) }
    let newLeading = min(31, difference.leadingZeroBitCount)
    let newTrailing = difference.trailingZeroBitCount
    if leading >= 0, newLeading >= leading, newTrailing >= trailing {
      write(0b10, 2)
    } else {
      leading = newLeading
      trailing = newTrailing
      write(0b11, 2)
      write(UInt64(leading), 5)
      write(UInt64(64 - leading - trailing), 6)
    }
    write(difference >> UInt64(trailing), 64 - leading - trailing)
  }

  /// Writes the low `count` bits of `bits`.
  private mutating func write(_ bits: UInt64, _ count: Int) {
    var left = count
    while left > 0 {
      if free == 0 {
        bytes.append(0)
        free = 8
      }
      let taken = min(free, left)
      let part = (bits >> UInt64(left - taken)) & ((1 << UInt64(taken)) - 1)
      bytes[bytes.count - 1] |= UInt8(part << UInt64(free - taken))
      free -= taken
      left -= taken
    }
  }
}
