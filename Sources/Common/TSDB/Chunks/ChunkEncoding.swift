/// How a chunk's samples are laid down: the byte before its data.
///
/// An open set: a number that this program does not know is kept, shown and counted.
public struct ChunkEncoding: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// No chunk has this one; it is what zeros in the place of a chunk look like.
  public static let none = ChunkEncoding(rawValue: 0)
  /// Floats.
  public static let xor = ChunkEncoding(rawValue: 1)
  /// Native histograms with integer counts.
  public static let histogram = ChunkEncoding(rawValue: 2)
  /// Native histograms with float counts.
  public static let floatHistogram = ChunkEncoding(rawValue: 3)
  /// Floats, and when their counters began; Prometheus 3.11 and later.
  public static let xor2 = ChunkEncoding(rawValue: 4)
  /// Native histograms with integer counts, and when they began; Prometheus 3.14 and later.
  public static let histogramST = ChunkEncoding(rawValue: 5)
  /// Native histograms with float counts, and when they began; Prometheus 3.14 and later.
  public static let floatHistogramST = ChunkEncoding(rawValue: 6)
  /// Thanos' five aggregates of a downsampled series.
  public static let aggregate = ChunkEncoding(rawValue: 0xff)

  /// Whether this program decodes it.
  public var isKnown: Bool { (1...6).contains(rawValue) || self == .aggregate }

  public var description: String {
    switch self {
    case .none: "none"
    case .xor: "XOR"
    case .histogram: "histogram"
    case .floatHistogram: "float histogram"
    case .xor2: "XOR2"
    case .histogramST: "histogram with start times"
    case .floatHistogramST: "float histogram with start times"
    case .aggregate: "aggregate"
    default: "unknown encoding \(rawValue)"
    }
  }

  public static func < (left: ChunkEncoding, right: ChunkEncoding) -> Bool { left.rawValue < right.rawValue }
}
