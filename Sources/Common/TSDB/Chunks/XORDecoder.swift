/// Decodes an XOR chunk: Prometheus' `tsdb/chunkenc/xor.go`, after Facebook's Gorilla.
///
/// ```
/// ┌────────────┬───────────────────────────────────────────────────────────────────────┐
/// │ count BE16 │ varint t₀ │ v₀ 64 bits │ uvarint Δt │ v₁ xor │ dod t₂ │ v₂ xor │ …     │
/// └────────────┴───────────────────────────────────────────────────────────────────────┘
/// dod: 0 → 0    10 → 14 bits    110 → 17    1110 → 20    1111 → 64
/// ```
/// Old files have a byte too many at the end, so what follows the last sample is not looked at.
enum XORDecoder {
  /// Fills `samples`. Bounds are checked once a sample; allocates only when a chunk is longer than all before.
  /// - Throws: `Fault` with an offset from the start of `data`; `samples` is empty then.
  static func decode(_ data: RawSpan, into samples: inout FloatSamples) throws(Fault) {
    var header = ByteReader(data)
    let count = Int(try header.uint16())
    samples.prepare(count, startTimestamps: false)
    if count == 0 { return }
    try decode(data, count, &samples.timestampColumn, &samples.valueColumn)
    samples.count = count
  }

  private static func decode(
    _ data: RawSpan, _ count: Int, _ timestampColumn: inout [Int64], _ valueColumn: inout [Double]
  ) throws(Fault) {
    var reader = BitReader(data, from: 2)
    var timestamps = timestampColumn.mutableSpan
    var values = valueColumn.mutableSpan

    var time = try reader.readVarint()
    var value = XORWindow()
    value.bits = reader.read(64)
    try reader.checkEnd()
    timestamps[0] = time
    values[0] = Double(bitPattern: value.bits)
    if count == 1 { return }

    var delta = Int64(bitPattern: try reader.readUvarint())
    time &+= delta
    reader.refill()
    try value.next(&reader)
    try reader.checkEnd()
    timestamps[1] = time
    values[1] = Double(bitPattern: value.bits)

    for index in 2..<max(2, count) {
      reader.refill()
      delta &+= takeDeltaOfDelta(&reader)
      time &+= delta
      try value.next(&reader)
      try reader.checkEnd()
      // In range: the columns were made `count` long.
      unsafe timestamps[unchecked: index] = time
      unsafe values[unchecked: index] = Double(bitPattern: value.bits)
    }
  }

  /// Leaves at least 13 bits in the reader's buffer, if there were 56 before.
  @inline(__always)
  @_lifetime(reader: copy reader)
  static func takeDeltaOfDelta(_ reader: inout BitReader) -> Int64 {
    let head = reader.next
    if Int64(bitPattern: head) >= 0 {
      reader.skip(1)
      return 0
    }
    let ones = UInt64(truncatingIfNeeded: (~head).leadingZeroBitCount)
    if ones < 4 {
      // 14, 17 or 20 bits after a prefix of ones and a zero.
      let width = 11 &+ 3 &* ones
      reader.skip(ones &+ 1)
      return BitReader.signed(reader.take(width), width: width)
    }
    reader.skip(4)
    let difference = Int64(bitPattern: reader.read(64))
    reader.refill()
    return difference
  }
}
