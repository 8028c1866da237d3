public import TSDB

/// Sums over the chunks of one encoding.
public struct EncodingTotals: Sendable {
  public let encoding: ChunkEncoding
  public internal(set) var chunks: UInt64 = 0
  public internal(set) var samples: UInt64 = 0
  /// Bytes in the segments: length, encoding, data and checksum.
  public internal(set) var bytes: UInt64 = 0

  /// Samples a chunk.
  public internal(set) var sampleCounts = Distribution()
  /// Bytes of data a chunk.
  public internal(set) var sizes = Distribution()
  /// Bytes of data a sample, in thousandths.
  public internal(set) var sampleSizes = Distribution()
  /// Milliseconds from a chunk's first to its last sample, as the index has them.
  public internal(set) var spans = Distribution()
  /// Buckets of the histograms of a chunk.
  public internal(set) var buckets = Distribution()

  /// The numbers of promtool's compaction analysis. Its buckets are those of all samples of a chunk together.
  public internal(set) var sampleSteps = StepCounts()
  public internal(set) var sizeSteps = StepCounts()
  public internal(set) var bucketSteps = StepCounts()

  init(_ encoding: ChunkEncoding) { self.encoding = encoding }

  mutating func add(samples: Int, size: Int, bytes: UInt64, span: UInt64?) {
    let (count, size) = (UInt64(samples), UInt64(size))
    chunks &+= 1
    self.samples &+= count
    self.bytes &+= bytes
    sampleCounts.add(count)
    sizes.add(size)
    if count > 0 { sampleSizes.add(size &* 1000 / count) }
    if let span { spans.add(span) }
    sampleSteps.add(count)
    sizeSteps.add(size)
  }

  mutating func add(buckets: Int, ofAllSamples all: UInt64) {
    self.buckets.add(UInt64(buckets))
    bucketSteps.add(all)
  }

  mutating func merge(_ other: EncodingTotals) {
    chunks &+= other.chunks
    samples &+= other.samples
    bytes &+= other.bytes
    sampleCounts.merge(other.sampleCounts)
    sizes.merge(other.sizes)
    sampleSizes.merge(other.sampleSizes)
    spans.merge(other.spans)
    buckets.merge(other.buckets)
    sampleSteps.merge(other.sampleSteps)
    sizeSteps.merge(other.sizeSteps)
    bucketSteps.merge(other.bucketSteps)
  }
}

/// What encodings have in common.
public enum SampleKind: String, CaseIterable, Sendable {
  case float, histogram, aggregate, unknown

  init(_ encoding: ChunkEncoding) {
    switch encoding {
    case .xor, .xor2: self = .float
    case .histogram, .floatHistogram, .histogramST, .floatHistogramST: self = .histogram
    case .aggregate: self = .aggregate
    default: self = .unknown
    }
  }
}
