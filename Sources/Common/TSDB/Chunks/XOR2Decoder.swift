/// Decodes an XOR2 chunk: Prometheus' `tsdb/chunkenc/xor2.go`, 3.11 and later.
///
/// ```
/// ┌────────────┬───────────┬──────────────────────────────────────────────────────────────────────────────┐
/// │ count BE16 │ ST header │ varint t₀ │ v₀ 64 bits │ ST? │ uvarint Δt │ v₁ │ ST? │ control │ v₂ │ ST? │ … │
/// └────────────┴───────────┴──────────────────────────────────────────────────────────────────────────────┘
/// control: 0 → dod 0, same value     10 → dod 0, another value       11111 → dod 0, stale
///          110 → 13-bit dod          1110 → 20-bit dod               11110 → 64-bit dod, a value each
/// ```
/// A stale sample does not count as the value before the next one.
enum XOR2Decoder {
  /// Fills `samples`. Bounds are checked once a sample; allocates only when a chunk is longer than all before.
  /// - Throws: `Fault` with an offset from the start of `data`; `samples` is empty then.
  static func decode(_ data: RawSpan, into samples: inout FloatSamples) throws(Fault) {
    var header = ByteReader(data)
    let count = Int(try header.uint16())
    var starts = StartTimestamps(header: try header.uint8())
    samples.prepare(count, startTimestamps: starts.isPresent)
    if count == 0 { return }
    try decode(
      data, count, &starts, &samples.timestampColumn, &samples.valueColumn, &samples.startTimestampColumn)
    samples.count = count
  }

  private static func decode(
    _ data: RawSpan, _ count: Int, _ starts: inout StartTimestamps, _ timestampColumn: inout [Int64],
    _ valueColumn: inout [Double], _ startColumn: inout [Int64]
  ) throws(Fault) {
    var reader = BitReader(data, from: 3)
    var timestamps = timestampColumn.mutableSpan
    var values = valueColumn.mutableSpan
    var startTimestamps = startColumn.mutableSpan
    var value = Value()
    var time: Int64 = 0
    var delta: Int64 = 0

    for index in 0..<count {
      let before = time
      if index > 1 {
        reader.refill()
        try readJoint(&reader, &delta, &value)
        time &+= delta
      } else if index == 1 {
        delta = Int64(bitPattern: try reader.readUvarint())
        time &+= delta
        reader.refill()
        try value.next(&reader)
      } else {
        time = try reader.readVarint()
        value.first(reader.read(64))
      }
      if starts.isPresent {
        try starts.next(&reader, index: index, time: time, before: before)
        startTimestamps[index] = starts.current
      }
      try reader.checkEnd()
      timestamps[index] = time
      values[index] = value.current
    }
  }

  /// Reads the joint control bits of time stamp and value, then the value.
  /// The reader must have 56 bits in its buffer.
  @inline(__always)
  @_lifetime(reader: copy reader)
  private static func readJoint(_ reader: inout BitReader, _ delta: inout Int64, _ value: inout Value) throws(Fault) {
    let ones = (~reader.next).leadingZeroBitCount
    switch ones {
    case 0:
      reader.skip(1)
      value.isStale = false
    case 1:
      reader.skip(2)
      try value.nextKnownChanged(&reader)
    case 2, 3:
      let width: UInt64 = ones == 2 ? 13 : 20
      reader.skip(ones == 2 ? 3 : 4)
      // Two's complement here, unlike everywhere else.
      delta &+= Int64(bitPattern: reader.next) &>> Int64(bitPattern: 64 &- width)
      reader.skip(width)
      try value.next(&reader)
    case 4:
      reader.skip(5)
      delta &+= Int64(bitPattern: reader.read(64))
      reader.refill()
      try value.next(&reader)
    default:
      reader.skip(5)
      value.isStale = true
    }
  }

  /// The last value that was not stale, and whether the current one is.
  private struct Value {
    var window = XORWindow()
    var isStale = false

    var current: Double { Double(bitPattern: isStale ? XORWindow.stale : window.bits) }

    mutating func first(_ bits: UInt64) {
      isStale = bits == XORWindow.stale
      if !isStale { window.bits = bits }
    }

    /// `0` the same; `10` differs within the window; `110` within a new one; `111` stale.
    @inline(__always)
    @_lifetime(reader: copy reader)
    mutating func next(_ reader: inout BitReader) throws(Fault) {
      isStale = false
      switch (~reader.next).leadingZeroBitCount {
      case 0:
        reader.skip(1)
      case 1:
        reader.skip(2)
        window.bits ^= reader.read(window.width) &<< window.trailing
      case 2:
        reader.skip(3)
        try window.readWindow(&reader)
        window.bits ^= reader.read(window.width) &<< window.trailing
      default:
        reader.skip(3)
        isStale = true
      }
    }

    /// The value of a sample that is known to have another than the one before: `0` same window, `1` a new one.
    @inline(__always)
    @_lifetime(reader: copy reader)
    mutating func nextKnownChanged(_ reader: inout BitReader) throws(Fault) {
      isStale = false
      if reader.take(1) == 1 { try window.readWindow(&reader) }
      window.bits ^= reader.read(window.width) &<< window.trailing
    }
  }
}
