/// Decodes chunks of every encoding. Keep one a thread: it reuses its buffers, so that decoding does not allocate.
///
/// Data may be anything at all: decoding ends with a result or a `Fault`, whose offset counts from the start of the
/// data. Memory is asked for only where the data has the bits to fill it: some kilobytes for chunks as Prometheus
/// writes them, at most 80 MB for one that has a million buckets indeed.
public struct ChunkDecoder: Sendable {
  private var floats = FloatSamples()
  private var histograms = HistogramDecoder()
  private var floatHistograms = FloatHistogramDecoder()

  public init() {}

  /// Decodes a chunk to its end without keeping its samples.
  /// - Throws: `Fault`; `.unknownEncoding` for one that this program does not know.
  public mutating func summary(of encoding: ChunkEncoding, _ data: RawSpan) throws(Fault) -> ChunkSummary {
    switch encoding {
    case .xor:
      return try XORDecoder.summary(of: data)
    case .xor2:
      try floats.decode(encoding, data)
      return ChunkSummary(floats)
    case .histogram, .histogramST:
      var summary = ChunkSummary()
      try forEachHistogram(in: encoding, data) { summary.add(timestamp: $0.timestamp, isHistogram: true) }
      return summary
    case .floatHistogram, .floatHistogramST:
      var summary = ChunkSummary()
      try forEachFloatHistogram(in: encoding, data) { summary.add(timestamp: $0.timestamp, isHistogram: true) }
      return summary
    case .aggregate:
      return try summary(ofAggregates: AggregateChunk(data))
    default:
      throw Self.unknown(encoding)
    }
  }

  /// Hands each sample of a chunk of integer histograms (`.histogram`, `.histogramST`) to `body`.
  public mutating func forEachHistogram(
    in encoding: ChunkEncoding, _ data: RawSpan, _ body: (borrowing HistogramSample<Int64>) -> Void
  ) throws(Fault) {
    switch encoding {
    case .histogram: try histograms.decode(data, hasStartTimestamps: false, body)
    case .histogramST: try histograms.decode(data, hasStartTimestamps: true, body)
    default: throw Self.unknown(encoding)
    }
  }

  /// Hands each sample of a chunk of float histograms (`.floatHistogram`, `.floatHistogramST`) to `body`.
  public mutating func forEachFloatHistogram(
    in encoding: ChunkEncoding, _ data: RawSpan, _ body: (borrowing HistogramSample<Double>) -> Void
  ) throws(Fault) {
    switch encoding {
    case .floatHistogram: try floatHistograms.decode(data, hasStartTimestamps: false, body)
    case .floatHistogramST: try floatHistograms.decode(data, hasStartTimestamps: true, body)
    default: throw Self.unknown(encoding)
    }
  }

  private mutating func summary(ofAggregates chunk: borrowing AggregateChunk) throws(Fault) -> ChunkSummary {
    var result = ChunkSummary()
    var isStrictlyRising = true
    var isHistogram = false
    for aggregate in Aggregate.allCases {
      guard let encoding = chunk.encoding(of: aggregate) else { continue }
      let offset = chunk.offset(of: aggregate)
      guard encoding != .aggregate else {
        throw Fault(.malformed, at: offset - 1, expected: "no aggregates inside an aggregate")
      }
      let part: ChunkSummary
      do throws(Fault) {
        part = try summary(of: encoding, chunk.data(of: aggregate))
      } catch {
        throw Fault(error.code, at: offset + error.offset, expected: error.expected, found: error.found)
      }
      if aggregate == .count { result = part }
      if aggregate != .counter { isStrictlyRising = isStrictlyRising && part.isStrictlyRising }
      isHistogram = isHistogram || part.histogramSamples > 0
    }
    result.isStrictlyRising = isStrictlyRising
    result.histogramSamples = isHistogram ? result.samples : 0
    return result
  }

  static func unknown(_ encoding: ChunkEncoding) -> Fault {
    Fault(.unknownEncoding, at: 0, expected: "a chunk encoding that fits here", found: UInt64(encoding.rawValue))
  }
}

extension FloatSamples {
  /// Decodes a chunk of floats (`.xor`, `.xor2`), in place of what was here before.
  /// - Throws: `Fault` with an offset from the start of `data`, leaving nothing here; `.unknownEncoding` for others.
  public mutating func decode(_ encoding: ChunkEncoding, _ data: RawSpan) throws(Fault) {
    count = 0
    switch encoding {
    case .xor: try XORDecoder.decode(data, into: &self)
    case .xor2: try XOR2Decoder.decode(data, into: &self)
    default: throw ChunkDecoder.unknown(encoding)
    }
  }
}

extension ChunkSummary {
  fileprivate init(_ samples: borrowing FloatSamples) {
    self.samples = samples.count
    firstTimestamp = samples.count == 0 ? nil : samples.timestamps[0]
    lastTimestamp = samples.count == 0 ? nil : samples.timestamps[samples.count - 1]
    isStrictlyRising = samples.isStrictlyRising
  }
}
