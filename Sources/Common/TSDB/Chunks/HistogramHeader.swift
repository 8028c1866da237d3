/// The three bytes before the bit stream of a histogram chunk.
///
/// ```
/// encodings 2, 3:  count BE16                              │ reset 2 bits, 6 unused
/// encodings 5, 6:  reset 2 bits, count the 14 bits below   │ ST header
/// ```
struct HistogramHeader {
  static let size = 3

  let count: Int
  let counterReset: CounterReset
  var starts: StartTimestamps

  init(_ data: RawSpan, hasStartTimestamps: Bool) throws(Fault) {
    var reader = ByteReader(data)
    let word = try reader.uint16()
    let last = try reader.uint8()
    count = Int(hasStartTimestamps ? word & 0x3fff : word)
    let reset = hasStartTimestamps ? UInt8(truncatingIfNeeded: word >> 14) : last >> 6
    counterReset = CounterReset(rawValue: reset) ?? .unknown
    starts = StartTimestamps(header: hasStartTimestamps ? last : 0)
  }
}
