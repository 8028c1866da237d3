/// What a chunk of histograms knows about the samples before it.
public enum CounterReset: UInt8, Equatable, Sendable {
  case unknown = 0b00
  /// The counters certainly did not go back.
  case notReset = 0b01
  /// The counters went back: this is why the chunk was begun.
  case reset = 0b10
  /// A gauge histogram: its buckets go up and down.
  case gauge = 0b11
}

/// One native histogram. `Count` is `Int64` for integer and `Double` for float histograms.
///
/// Decoders fill the same sample again and again; copy what is to be kept.
public struct HistogramSample<Count: Sendable>: Sendable {
  public internal(set) var layout = HistogramLayout()
  public internal(set) var counterReset = CounterReset.unknown
  /// Milliseconds since 1970.
  public internal(set) var timestamp: Int64 = 0
  /// When counting began, milliseconds since 1970; 0 if that is not known.
  public internal(set) var startTimestamp: Int64 = 0
  public internal(set) var count: Count
  public internal(set) var zeroCount: Count
  public internal(set) var sum = 0.0
  /// Observations in each bucket of the positive spans, lowest bucket first.
  public internal(set) var positiveBuckets: [Count] = []
  /// Observations in each bucket of the negative spans, the bucket nearest to zero first.
  public internal(set) var negativeBuckets: [Count] = []

  init(zero: Count) {
    count = zero
    zeroCount = zero
  }

  /// Whether the sample only says that the series has ended: then nothing but the time stamps means anything.
  public var isStale: Bool { sum.bitPattern == XORWindow.stale }
}
