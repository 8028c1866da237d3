/// What decoding a chunk to its end tells about it.
public struct ChunkSummary: Equatable, Sendable {
  /// Number of samples; of an aggregate chunk the number of windows, as Thanos counts them.
  public internal(set) var samples = 0
  /// How many of them are native histograms, or windows over such.
  public internal(set) var histogramSamples = 0
  public var floatSamples: Int { samples - histogramSamples }
  /// Time stamp of the first sample, milliseconds since 1970; `nil` if there is none.
  /// Of an aggregate chunk that of its counts.
  public internal(set) var firstTimestamp: Int64?
  public internal(set) var lastTimestamp: Int64?
  /// Whether every time stamp is later than the one before. The counter of an aggregate chunk is left out of this,
  /// since it repeats its last time stamp.
  public internal(set) var isStrictlyRising = true

  public init() {}

  mutating func add(timestamp: Int64, isHistogram: Bool) {
    if let last = lastTimestamp, timestamp <= last { isStrictlyRising = false }
    if samples == 0 { firstTimestamp = timestamp }
    lastTimestamp = timestamp
    samples += 1
    if isHistogram { histogramSamples += 1 }
  }
}
