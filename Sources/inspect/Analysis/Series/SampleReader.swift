import TSDB

/// Hands over the samples of chunks of every encoding, those outside of a time and those that were deleted left out.
/// Keep one a thread: it keeps its buffers.
struct SampleReader: Sendable {
  enum Kind: Equatable {
    case sample
    /// Of a downsampled block.
    case aggregate(Aggregate)
  }

  private struct Filter: Sendable {
    let minTime: Int64
    let maxTime: Int64
    var deleted: [ClosedRange<Int64>] = []

    func keeps(_ time: Int64) -> Bool {
      time >= minTime && time <= maxTime && !deleted.contains { $0.contains(time) }
    }
  }

  private var filter: Filter
  private var floats = FloatSamples()
  private var decoder = ChunkDecoder()

  init(_ choice: SeriesChoice) { filter = Filter(minTime: choice.minTime, maxTime: choice.maxTime) }

  /// What was deleted of the series whose chunks come next, ms since 1970, both inclusive.
  var deleted: [ClosedRange<Int64>] {
    get { filter.deleted }
    set { filter.deleted = newValue }
  }

  /// - Throws: `Fault` with an offset from the start of the chunk's data.
  mutating func read(
    _ encoding: ChunkEncoding, _ data: RawSpan, _ sink: inout some SampleSink
  ) throws(Fault) {
    guard encoding == .aggregate else { return try read(encoding, data, .sample, &sink) }
    let aggregates = try AggregateChunk(data)
    for aggregate in Aggregate.allCases {
      guard let encoding = aggregates.encoding(of: aggregate) else { continue }
      let offset = aggregates.offset(of: aggregate)
      do throws(Fault) {
        try read(encoding, aggregates.data(of: aggregate), .aggregate(aggregate), &sink)
      } catch {
        throw Fault(error.code, at: offset &+ error.offset, expected: error.expected, found: error.found)
      }
    }
  }

  private mutating func read(
    _ encoding: ChunkEncoding, _ data: RawSpan, _ kind: Kind, _ sink: inout some SampleSink
  ) throws(Fault) {
    switch encoding {
    case .histogram, .histogramST:
      let filter = filter
      try decoder.forEachHistogram(in: encoding, data) { sample in
        if filter.keeps(sample.timestamp) { sink.take(sample) }
      }
    case .floatHistogram, .floatHistogramST:
      let filter = filter
      try decoder.forEachFloatHistogram(in: encoding, data) { sample in
        if filter.keeps(sample.timestamp) { sink.take(sample) }
      }
    default:
      try floats.decode(encoding, data)
      for place in 0..<floats.count where filter.keeps(floats.timestamps[place]) {
        sink.take(floats.timestamps[place], floats.values[place], kind)
      }
    }
  }
}

/// What gets the samples of a `SampleReader`.
protocol SampleSink {
  /// - Parameter time: ms since 1970.
  mutating func take(_ time: Int64, _ value: Double, _ kind: SampleReader.Kind)
  mutating func take(_ histogram: borrowing HistogramSample<Int64>)
  mutating func take(_ histogram: borrowing HistogramSample<Double>)
}

/// Only how many there are.
struct SampleCount: SampleSink {
  private(set) var samples: UInt64 = 0

  /// Of a downsampled block one aggregate stands for all of a window.
  mutating func take(_ time: Int64, _ value: Double, _ kind: SampleReader.Kind) {
    if kind == .sample || kind == .aggregate(.count) { samples &+= 1 }
  }

  mutating func take(_ histogram: borrowing HistogramSample<Int64>) { samples &+= 1 }
  mutating func take(_ histogram: borrowing HistogramSample<Double>) { samples &+= 1 }
}
