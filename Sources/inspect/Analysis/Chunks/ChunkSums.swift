public import TSDB

/// Sums over chunks while they pass by. Keep one a thread.
///
/// - Memory: some hundred kB for each encoding that comes up.
struct ChunkSums: Sendable {
  private(set) var encodings: [EncodingTotals] = []
  /// Of aggregate chunks: the chunks inside, by aggregate and encoding.
  private(set) var aggregates: [AggregateTotals] = []
  private(set) var intervals = IntervalCounts()
  private var decoder = ChunkDecoder()
  private var floats = FloatSamples()
  private var times: [Int64] = []
  private var place = 0

  /// Counts an intact chunk.
  /// - Parameter interval: gets the distances between the samples of a chunk that is looked at for these, and how many
  ///   times each counts.
  /// - Returns: its samples.
  /// - Throws: `Fault` for data that is not what the encoding says; then it is not counted.
  mutating func add(
    _ chunk: borrowing SegmentChunk, _ owner: ChunkOwner, interval: (_ milliseconds: UInt32, _ times: UInt32) -> Void
  ) throws(Fault) -> UInt64 {
    let encoding = chunk.encoding
    let bytes = chunk.end &- chunk.offset
    guard encoding.isKnown else {
      // Whatever it is, it takes up room.
      find(encoding)
      encodings[place].chunks &+= 1
      encodings[place].bytes &+= bytes
      return 0
    }
    let samples = try ChunkDecoder.sampleCount(of: encoding, chunk.data)
    var buckets: (ofOne: Int, ofAll: UInt64)?
    let kind = SampleKind(encoding)
    times.removeAll(keepingCapacity: true)
    switch kind {
    case .histogram: buckets = try look(intoHistograms: encoding, chunk.data)
    case .float where owner.weight > 0: try look(intoFloats: encoding, chunk.data)
    case .aggregate: try look(intoAggregates: chunk.data, looksAtTimes: owner.weight > 0)
    default: break
    }
    find(encoding)
    encodings[place].add(samples: samples, size: chunk.length, bytes: bytes, span: owner.span)
    if let buckets { encodings[place].add(buckets: buckets.ofOne, ofAllSamples: buckets.ofAll) }
    if owner.weight > 0 { count(UInt32(owner.weight), interval) }
    return UInt64(samples)
  }

  /// Makes `place` that of an encoding, which is mostly that of the chunk before.
  @inline(__always)
  private mutating func find(_ encoding: ChunkEncoding) {
    if place < encodings.count, encodings[place].encoding == encoding { return }
    if let found = encodings.firstIndex(where: { $0.encoding == encoding }) {
      place = found
    } else {
      place = encodings.count
      encodings.append(EncodingTotals(encoding))
    }
  }

  /// The distances between the samples in `times`, each so many times.
  private mutating func count(_ weight: UInt32, _ interval: (UInt32, UInt32) -> Void) {
    guard var before = times.first else { return }
    // Most are the same as the one before.
    var (last, run) = (UInt32(0), UInt32(0))
    for time in times.dropFirst() {
      let distance = time.subtractingReportingOverflow(before)
      before = time
      guard !distance.overflow, distance.partialValue > 0 else { continue }
      let rounded = IntervalCounts.rounded(UInt64(distance.partialValue))
      if rounded != last, run > 0 {
        intervals.add(last, times: UInt64(run &* weight))
        interval(last, run &* weight)
        run = 0
      }
      (last, run) = (rounded, run &+ 1)
    }
    guard run > 0 else { return }
    intervals.add(last, times: UInt64(run &* weight))
    interval(last, run &* weight)
  }

  private mutating func look(intoFloats encoding: ChunkEncoding, _ data: RawSpan) throws(Fault) {
    try floats.decode(encoding, data)
    for place in 0..<floats.count { times.append(floats.timestamps[place]) }
  }

  /// - Returns: the buckets of the layout, and those of all samples together: stale ones have none.
  private mutating func look(
    intoHistograms encoding: ChunkEncoding, _ data: RawSpan
  ) throws(Fault) -> (ofOne: Int, ofAll: UInt64) {
    var (one, all, times) = (0, UInt64(0), [Int64]())
    swap(&times, &self.times)
    defer { swap(&times, &self.times) }
    if encoding == .histogram || encoding == .histogramST {
      try decoder.forEachHistogram(in: encoding, data) { sample in
        one = sample.positiveBuckets.count + sample.negativeBuckets.count
        if !sample.isStale { all &+= UInt64(one) }
        times.append(sample.timestamp)
      }
    } else {
      try decoder.forEachFloatHistogram(in: encoding, data) { sample in
        one = sample.positiveBuckets.count + sample.negativeBuckets.count
        if !sample.isStale { all &+= UInt64(one) }
        times.append(sample.timestamp)
      }
    }
    return (one, all)
  }

  private mutating func look(intoAggregates data: RawSpan, looksAtTimes: Bool) throws(Fault) {
    let chunk = try AggregateChunk(data)
    if looksAtTimes, let encoding = chunk.encoding(of: .count), SampleKind(encoding) == .float {
      try look(intoFloats: encoding, chunk.data(of: .count))
    }
    for aggregate in Aggregate.allCases {
      guard let encoding = chunk.encoding(of: aggregate) else { continue }
      let place = aggregates.firstIndex { $0.aggregate == aggregate && $0.encoding == encoding } ?? aggregates.count
      if place == aggregates.count { aggregates.append(AggregateTotals(aggregate: aggregate, encoding: encoding)) }
      let part = chunk.data(of: aggregate)
      aggregates[place].chunks &+= 1
      aggregates[place].bytes &+= UInt64(part.byteCount)
      if encoding.isKnown, encoding != .aggregate {
        aggregates[place].samples &+= UInt64(try ChunkDecoder.sampleCount(of: encoding, part))
      }
    }
  }

  mutating func merge(_ other: ChunkSums) {
    for totals in other.encodings {
      find(totals.encoding)
      encodings[place].merge(totals)
    }
    for totals in other.aggregates {
      let place = aggregates.firstIndex { $0.aggregate == totals.aggregate && $0.encoding == totals.encoding }
      if let place { aggregates[place].merge(totals) } else { aggregates.append(totals) }
    }
    intervals.merge(other.intervals)
  }
}

/// Sums over the chunks of an aggregate inside the chunks of a downsampled block.
public struct AggregateTotals: Sendable {
  public let aggregate: Aggregate
  public let encoding: ChunkEncoding
  public internal(set) var chunks: UInt64 = 0
  public internal(set) var samples: UInt64 = 0
  /// Of data.
  public internal(set) var bytes: UInt64 = 0

  init(aggregate: Aggregate, encoding: ChunkEncoding) { (self.aggregate, self.encoding) = (aggregate, encoding) }

  mutating func merge(_ other: AggregateTotals) {
    chunks &+= other.chunks
    samples &+= other.samples
    bytes &+= other.bytes
  }
}
