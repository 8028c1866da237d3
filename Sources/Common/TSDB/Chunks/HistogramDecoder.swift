/// Decodes chunks of native histograms with integer counts: Prometheus' `tsdb/chunkenc/histogram.go` and, with start
/// time stamps, `histogram_st.go`.
///
/// Sample 0 stores all numbers as they are, the buckets as differences to the bucket before. Later samples store how
/// the differences to the sample before have changed, the sum as XOR. After a stale sum there are no buckets.
///
/// Keeps its buffers from chunk to chunk.
struct HistogramDecoder: Sendable {
  private var sample = HistogramSample<Int64>(zero: 0)
  // A number a bucket, the positive ones first.
  private var gaps: [Int64] = []
  private var gapDeltas: [Int64] = []

  /// Hands each sample to `body`, in the order of the chunk.
  /// - Throws: `Fault` with an offset from the start of `data`, after the samples before it were handed over.
  mutating func decode(
    _ data: RawSpan, hasStartTimestamps: Bool, _ body: (borrowing HistogramSample<Int64>) -> Void
  ) throws(Fault) {
    let header = try HistogramHeader(data, hasStartTimestamps: hasStartTimestamps)
    if header.count == 0 { return }
    var starts = header.starts
    var reader = BitReader(data, from: HistogramHeader.size)
    var deltas = Deltas()
    sample.counterReset = header.counterReset
    sample.startTimestamp = 0

    try readFirst(&reader)
    for index in 0..<header.count {
      let before = sample.timestamp
      if index > 0 { try readNext(&reader, &deltas) }
      if starts.isPresent {
        try starts.next(&reader, index: index, time: sample.timestamp, before: before)
        sample.startTimestamp = starts.current
      }
      try reader.checkEnd()
      if !sample.isStale { addUp() }
      body(sample)
    }
  }

  /// How time stamp and counts differ from those of the sample before, and the window of the sum.
  private struct Deltas {
    var time: Int64 = 0
    var count: Int64 = 0
    var zeroCount: Int64 = 0
    var sum = XORWindow()
  }

  @_lifetime(reader: copy reader)
  private mutating func readFirst(_ reader: inout BitReader) throws(Fault) {
    try sample.layout.read(&reader)
    let positive = HistogramLayout.buckets(of: sample.layout.positiveSpans)
    let negative = HistogramLayout.buckets(of: sample.layout.negativeSpans)
    // Each bucket takes a bit at least: a chunk too short for its own layout gets no memory.
    guard positive + negative <= reader.remaining else {
      throw Fault(
        .outOfRange, at: reader.byteOffset, expected: "no more buckets than bits", found: UInt64(positive + negative))
    }
    Self.reset(&sample.positiveBuckets, to: positive)
    Self.reset(&sample.negativeBuckets, to: negative)
    Self.reset(&gaps, to: positive + negative)
    Self.reset(&gapDeltas, to: positive + negative)

    sample.timestamp = reader.readVarbitInt()
    sample.count = Int64(bitPattern: reader.readVarbitUInt())
    sample.zeroCount = Int64(bitPattern: reader.readVarbitUInt())
    sample.sum = Double(bitPattern: reader.read(64))
    for index in gaps.indices { gaps[index] = reader.readVarbitInt() }
  }

  @_lifetime(reader: copy reader)
  private mutating func readNext(_ reader: inout BitReader, _ deltas: inout Deltas) throws(Fault) {
    deltas.time &+= reader.readVarbitInt()
    sample.timestamp &+= deltas.time
    deltas.count &+= reader.readVarbitInt()
    sample.count &+= deltas.count
    deltas.zeroCount &+= reader.readVarbitInt()
    sample.zeroCount &+= deltas.zeroCount
    deltas.sum.bits = sample.sum.bitPattern
    reader.refill()
    try deltas.sum.next(&reader)
    sample.sum = Double(bitPattern: deltas.sum.bits)
    if sample.isStale { return }
    for index in gaps.indices {
      gapDeltas[index] &+= reader.readVarbitInt()
      gaps[index] &+= gapDeltas[index]
    }
  }

  /// Makes absolute counts of the differences between neighbouring buckets.
  private mutating func addUp() {
    let positive = sample.positiveBuckets.count
    var total: Int64 = 0
    for index in 0..<positive {
      total &+= gaps[index]
      sample.positiveBuckets[index] = total
    }
    total = 0
    for index in 0..<sample.negativeBuckets.count {
      total &+= gaps[positive &+ index]
      sample.negativeBuckets[index] = total
    }
  }

  private static func reset(_ buckets: inout [Int64], to count: Int) {
    buckets.removeAll(keepingCapacity: true)
    buckets.append(contentsOf: repeatElement(0, count: count))
  }
}
