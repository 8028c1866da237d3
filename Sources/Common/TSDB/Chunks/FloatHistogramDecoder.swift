/// Decodes chunks of native histograms with float counts: Prometheus' `tsdb/chunkenc/float_histogram.go` and, with
/// start time stamps, `float_histogram_st.go`.
///
/// Sample 0 stores 64 bits a number. Later samples store each as XOR with a window of its own. After a stale sum there
/// are no buckets.
///
/// Keeps its buffers from chunk to chunk.
struct FloatHistogramDecoder: Sendable {
  private var sample = HistogramSample<Double>(zero: 0)
  // A number a bucket, the positive ones first.
  private var buckets: [XORWindow] = []

  /// Hands each sample to `body`, in the order of the chunk.
  /// - Throws: `Fault` with an offset from the start of `data`, after the samples before it were handed over.
  mutating func decode(
    _ data: RawSpan, hasStartTimestamps: Bool, _ body: (borrowing HistogramSample<Double>) -> Void
  ) throws(Fault) {
    let header = try HistogramHeader(data, hasStartTimestamps: hasStartTimestamps)
    if header.count == 0 { return }
    var starts = header.starts
    var reader = BitReader(data, from: HistogramHeader.size)
    var numbers = Numbers()
    sample.counterReset = header.counterReset
    sample.startTimestamp = 0

    try readFirst(&reader, &numbers)
    for index in 0..<header.count {
      let before = sample.timestamp
      if index > 0 { try readNext(&reader, &numbers) }
      sample.count = Double(bitPattern: numbers.count.bits)
      sample.zeroCount = Double(bitPattern: numbers.zeroCount.bits)
      sample.sum = Double(bitPattern: numbers.sum.bits)
      if starts.isPresent {
        try starts.next(&reader, index: index, time: sample.timestamp, before: before)
        sample.startTimestamp = starts.current
      }
      try reader.checkEnd()
      if !sample.isStale { copyBuckets() }
      body(sample)
    }
  }

  private struct Numbers {
    var timeDelta: Int64 = 0
    var count = XORWindow()
    var zeroCount = XORWindow()
    var sum = XORWindow()
  }

  @_lifetime(reader: copy reader)
  private mutating func readFirst(_ reader: inout BitReader, _ numbers: inout Numbers) throws(Fault) {
    try sample.layout.read(&reader)
    let positive = HistogramLayout.buckets(of: sample.layout.positiveSpans)
    let negative = HistogramLayout.buckets(of: sample.layout.negativeSpans)
    // Each bucket takes 64 bits: a chunk too short for its own layout gets no memory.
    guard (positive + negative) * 64 <= reader.remaining else {
      throw Fault(
        .outOfRange, at: reader.byteOffset, expected: "no more buckets than the chunk has bytes for",
        found: UInt64(positive + negative))
    }
    Self.reset(&sample.positiveBuckets, to: positive, filling: 0)
    Self.reset(&sample.negativeBuckets, to: negative, filling: 0)
    Self.reset(&buckets, to: positive + negative, filling: XORWindow())

    sample.timestamp = reader.readVarbitInt()
    numbers.count.bits = reader.read(64)
    numbers.zeroCount.bits = reader.read(64)
    numbers.sum.bits = reader.read(64)
    for index in buckets.indices { buckets[index].bits = reader.read(64) }
  }

  @_lifetime(reader: copy reader)
  private mutating func readNext(_ reader: inout BitReader, _ numbers: inout Numbers) throws(Fault) {
    numbers.timeDelta &+= reader.readVarbitInt()
    sample.timestamp &+= numbers.timeDelta
    reader.refill()
    try numbers.count.next(&reader)
    reader.refill()
    try numbers.zeroCount.next(&reader)
    reader.refill()
    try numbers.sum.next(&reader)
    if numbers.sum.isStale { return }
    for index in buckets.indices {
      reader.refill()
      try buckets[index].next(&reader)
    }
  }

  private mutating func copyBuckets() {
    let positive = sample.positiveBuckets.count
    for index in 0..<positive { sample.positiveBuckets[index] = Double(bitPattern: buckets[index].bits) }
    for index in 0..<sample.negativeBuckets.count {
      sample.negativeBuckets[index] = Double(bitPattern: buckets[positive &+ index].bits)
    }
  }

  private static func reset<Element>(_ column: inout [Element], to count: Int, filling: Element) {
    column.removeAll(keepingCapacity: true)
    column.append(contentsOf: repeatElement(filling, count: count))
  }
}
