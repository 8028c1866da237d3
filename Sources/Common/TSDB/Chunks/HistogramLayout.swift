/// A run of neighbouring buckets of a native histogram.
public struct HistogramSpan: Equatable, Sendable {
  /// Of the first span: the index of its first bucket. Of the others: buckets left out since the span before.
  public let offset: Int32
  /// Number of buckets.
  public let length: UInt32

  public init(offset: Int32, length: UInt32) {
    self.offset = offset
    self.length = length
  }
}

/// Which buckets a histogram has: the same for all samples of a chunk.
public struct HistogramLayout: Equatable, Sendable {
  /// −9…52: exponential, bucket bounds at powers of 2^(2^−schema). −53: the bounds are `customBounds`.
  public internal(set) var schema: Int32 = 0
  /// Half the width of the bucket around zero.
  public internal(set) var zeroThreshold = 0.0
  public internal(set) var positiveSpans: [HistogramSpan] = []
  public internal(set) var negativeSpans: [HistogramSpan] = []
  /// Upper bounds; empty unless the schema is −53.
  public internal(set) var customBounds: [Double] = []

  public static let customSchema: Int32 = -53
}

extension HistogramLayout {
  /// The most buckets, spans or bounds that a histogram may have here. Doubles at schema 8 fall into half a million
  /// different buckets; what goes beyond is no histogram but an attempt at our memory.
  static let maximumBuckets = 1 << 20

  /// Reads the layout at the start of a histogram chunk's bit stream (Prometheus' `tsdb/chunkenc/histogram_meta.go`):
  /// zero threshold, schema, positive spans, negative spans, and custom bounds if the schema says so.
  @_lifetime(reader: copy reader)
  mutating func read(_ reader: inout BitReader) throws(Fault) {
    zeroThreshold = Self.readZeroThreshold(&reader)
    let offset = reader.byteOffset
    let number = reader.readVarbitInt()
    guard (-9...52).contains(number) || number == Int64(Self.customSchema) else {
      throw Fault(
        .malformed, at: offset, expected: "a histogram schema of -9 to 52 or -53", found: UInt64(exactly: number))
    }
    schema = Int32(number)
    try Self.readSpans(&reader, into: &positiveSpans)
    try Self.readSpans(&reader, into: &negativeSpans)
    customBounds.removeAll(keepingCapacity: true)
    if schema == Self.customSchema { try readCustomBounds(&reader) }
  }

  /// Buckets of `spans`, which `readSpans` has checked to be few.
  static func buckets(of spans: [HistogramSpan]) -> Int { spans.reduce(0) { $0 &+ Int($1.length) } }

  @_lifetime(reader: copy reader)
  private static func readZeroThreshold(_ reader: inout BitReader) -> Double {
    switch reader.read(8) {
    case 0: 0
    case 255: Double(bitPattern: reader.read(64))
    // 0.5 · 2^(byte − 243).
    case let byte: Double(sign: .plus, exponent: Int(byte) - 244, significand: 1)
    }
  }

  @_lifetime(reader: copy reader)
  private static func readSpans(_ reader: inout BitReader, into spans: inout [HistogramSpan]) throws(Fault) {
    spans.removeAll(keepingCapacity: true)
    let count = try readLength(&reader, "at most 1048576 spans of buckets")
    var buckets: UInt64 = 0
    for _ in 0..<count {
      let offset = reader.byteOffset
      let length = reader.readVarbitUInt()
      let gap = reader.readVarbitInt()
      try reader.checkEnd()
      guard length <= UInt64(maximumBuckets), buckets + length <= UInt64(maximumBuckets) else {
        throw Fault(.tooLarge, at: offset, expected: "at most 1048576 buckets", found: length)
      }
      guard let gap = Int32(exactly: gap) else {
        throw Fault(.malformed, at: offset, expected: "a span's offset of 32 bits")
      }
      buckets += length
      spans.append(HistogramSpan(offset: gap, length: UInt32(length)))
    }
  }

  @_lifetime(reader: copy reader)
  private mutating func readCustomBounds(_ reader: inout BitReader) throws(Fault) {
    let count = try Self.readLength(&reader, "at most 1048576 custom bounds")
    for _ in 0..<count {
      let thousandths = reader.readVarbitUInt()
      let bound = thousandths == 0 ? Double(bitPattern: reader.read(64)) : Double(thousandths - 1) / 1000
      try reader.checkEnd()
      customBounds.append(bound)
    }
  }

  @_lifetime(reader: copy reader)
  private static func readLength(_ reader: inout BitReader, _ expected: StaticString) throws(Fault) -> Int {
    let offset = reader.byteOffset
    let count = reader.readVarbitUInt()
    try reader.checkEnd()
    guard count <= UInt64(maximumBuckets) else { throw Fault(.tooLarge, at: offset, expected: expected, found: count) }
    return Int(count)
  }
}
