import Fixtures
import TSDB
import Testing

@Suite("Histogram chunks made by hand")
struct ChunkHistogramTests {
  /// Two positive spans with three buckets and a negative one with a single bucket.
  private static func writeLayout(_ chunk: inout ChunkBits) {
    chunk.bits(116, 8)  // threshold 0.5 · 2^(116 − 243) = 2^−128
    chunk.varbitInt(3)
    chunk.varbitUInt(2)
    chunk.varbitUInt(2)
    chunk.varbitInt(-4)
    chunk.varbitUInt(1)
    chunk.varbitInt(7)
    chunk.varbitUInt(1)
    chunk.varbitUInt(1)
    chunk.varbitInt(300)
  }

  private func check(_ layout: HistogramLayout) {
    #expect(layout.schema == 3)
    #expect(layout.zeroThreshold == 0x1p-128)
    #expect(layout.positiveSpans == [HistogramSpan(offset: -4, length: 2), HistogramSpan(offset: 7, length: 1)])
    #expect(layout.negativeSpans == [HistogramSpan(offset: 300, length: 1)])
    #expect(layout.customBounds.isEmpty)
  }

  @Test("integer histograms: deltas of deltas, buckets added up, stale samples without buckets at the end")
  func integers() throws {
    var chunk = ChunkBits(header: [0, 4, 0b1000_0000])
    Self.writeLayout(&chunk)
    chunk.varbitInt(1_700_000_000_000)
    chunk.varbitUInt(10)
    chunk.varbitUInt(2)
    chunk.float(1.5)
    for bucket: Int64 in [3, -1, 1, 2] { chunk.varbitInt(bucket) }  // 3, 2, 3 and 2
    for difference: Int64 in [15_000, 4, 1] { chunk.varbitInt(difference) }
    chunk.xor(1.5.bitPattern ^ 2.5.bitPattern)
    for difference: Int64 in [1, 0, -1, 2] { chunk.varbitInt(difference) }  // 4, −1, 0 and 4: 4, 3, 3 and 4
    for difference: Int64 in [0, 0, 0] { chunk.varbitInt(difference) }
    chunk.xor(2.5.bitPattern ^ Double.stale.bitPattern)
    for difference: Int64 in [5, 0, 0, 0] { chunk.varbitInt(difference) }  // stale as before

    var samples: [HistogramSample<Int64>] = []
    var decoder = ChunkDecoder()
    try decoder.forEachHistogram(in: .histogram, chunk.bytes.rawBytes) { samples.append(copy $0) }
    try #require(samples.count == 4)
    check(samples[0].layout)
    #expect(samples.map(\.counterReset) == [.reset, .reset, .reset, .reset])
    #expect(samples.map(\.timestamp) == [1_700_000_000_000, 1_700_000_015_000, 1_700_000_030_000, 1_700_000_045_005])
    #expect(samples.map(\.startTimestamp) == [0, 0, 0, 0])
    #expect(samples.map(\.isStale) == [false, false, true, true])
    #expect(samples[..<2].map(\.count) == [10, 14])
    #expect(samples[..<2].map(\.zeroCount) == [2, 3])
    #expect(samples[..<2].map(\.sum) == [1.5, 2.5])
    #expect(samples[..<2].map(\.positiveBuckets) == [[3, 2, 3], [4, 3, 3]])
    #expect(samples[..<2].map(\.negativeBuckets) == [[2], [4]])
    #expect(try decoder.summary(of: .histogram, chunk.bytes.rawBytes).histogramSamples == 4)
  }

  @Test("float histograms: a window for each number, stale samples without buckets at the end")
  func floats() throws {
    var chunk = ChunkBits(header: [0, 4, 0b1100_0000])
    Self.writeLayout(&chunk)
    chunk.varbitInt(-7)
    let first = [10.5, 2.25, 1.5, 3, 2, 3.5, 2]
    let second = [11.5, 2.25, -8, 3, 2.5, 4, 2.0625]
    for number in first { chunk.float(number) }
    chunk.varbitInt(60_000)
    for (before, after) in zip(first, second) { chunk.xor(before.bitPattern ^ after.bitPattern) }
    chunk.varbitInt(0)
    chunk.bits("00")
    chunk.xor((-8.0).bitPattern ^ Double.stale.bitPattern)
    chunk.varbitInt(5)
    chunk.bits("000")  // stale as before

    var samples: [HistogramSample<Double>] = []
    var decoder = ChunkDecoder()
    try decoder.forEachFloatHistogram(in: .floatHistogram, chunk.bytes.rawBytes) { samples.append(copy $0) }
    try #require(samples.count == 4)
    check(samples[1].layout)
    for (sample, numbers) in zip(samples, [first, second]) {
      #expect(sample.counterReset == .gauge)
      #expect([sample.count, sample.zeroCount, sample.sum] == Array(numbers[..<3]))
      #expect(sample.positiveBuckets == Array(numbers[3..<6]))
      #expect(sample.negativeBuckets == Array(numbers[6...]))
    }
    #expect(samples.map(\.timestamp) == [-7, 59_993, 119_993, 179_998])
    #expect(samples.map(\.isStale) == [false, false, true, true])
  }

  @Test("custom bounds: whole thousandths in a few bits, others as floats; a zero threshold of its own")
  func customBounds() throws {
    var chunk = ChunkBits(header: [0, 1, 0])
    chunk.bits(255, 8)
    chunk.float(0.3)
    chunk.varbitInt(-53)
    chunk.varbitUInt(1)
    chunk.varbitUInt(3)
    chunk.varbitInt(0)
    chunk.varbitUInt(0)
    chunk.varbitUInt(3)
    chunk.varbitUInt(0 + 1)  // 0
    chunk.varbitUInt(2500 + 1)  // 2.5
    chunk.varbitUInt(0)
    chunk.float(1e18)
    chunk.varbitInt(1)
    chunk.varbitUInt(0)
    chunk.varbitUInt(0)
    chunk.float(0)
    for _ in 0..<3 { chunk.varbitInt(0) }
    var layout: HistogramLayout?
    var decoder = ChunkDecoder()
    try decoder.forEachHistogram(in: .histogram, chunk.bytes.rawBytes) { layout = $0.layout }
    #expect(layout?.schema == HistogramLayout.customSchema)
    #expect(layout?.customBounds == [0, 2.5, 1e18])
    #expect(layout?.zeroThreshold == 0.3)
  }

  @Test("histograms with start times: the header's 14 bits of count, and a start after each sample")
  func starts() throws {
    // Counter reset 01 and three samples; the first start is known, changes come with the third sample.
    let header: [UInt8] = [0b0100_0000, 3, 0x80 | 2]
    var chunk = ChunkBits(header: header)
    Self.writeLayout(&chunk)
    chunk.varbitInt(1000)
    chunk.varbitUInt(0)
    chunk.varbitUInt(0)
    chunk.float(0)
    for _ in 0..<4 { chunk.varbitInt(0) }
    chunk.varint(300)  // 1000 − 300
    for delta: Int64 in [100, 0] {
      chunk.varbitInt(delta)
      chunk.bits("000")  // count, zero count, sum
      for _ in 0..<4 { chunk.varbitInt(0) }
      if delta == 0 { chunk.varbitInt(20) }  // 1100 − 20
    }
    var samples: [HistogramSample<Int64>] = []
    var decoder = ChunkDecoder()
    try decoder.forEachHistogram(in: .histogramST, chunk.bytes.rawBytes) { samples.append(copy $0) }
    #expect(samples.map(\.counterReset) == [.notReset, .notReset, .notReset])
    #expect(samples.map(\.timestamp) == [1000, 1100, 1200])
    #expect(samples.map(\.startTimestamp) == [700, 700, 1080])
  }

  @Test("float histograms with start times")
  func floatStarts() throws {
    var chunk = ChunkBits(header: [0, 2, 1])
    Self.writeLayout(&chunk)
    chunk.varbitInt(1000)
    for number in 1...7 { chunk.float(Double(number)) }
    chunk.varbitInt(100)
    chunk.bits("0000000")
    chunk.varbitInt(999)  // 1000 − 999
    var samples: [HistogramSample<Double>] = []
    var decoder = ChunkDecoder()
    try decoder.forEachFloatHistogram(in: .floatHistogramST, chunk.bytes.rawBytes) { samples.append(copy $0) }
    #expect(samples.map(\.startTimestamp) == [0, 1])
    #expect(samples.map(\.positiveBuckets) == [[4, 5, 6], [4, 5, 6]])
    let summary = try decoder.summary(of: .floatHistogramST, chunk.bytes.rawBytes)
    #expect(summary.samples == 2 && summary.histogramSamples == 2 && summary.isStrictlyRising)
  }

  @Test("after a chunk with many buckets one with few shows none of the old ones")
  func reuse() throws {
    var decoder = ChunkDecoder()
    var large = ChunkBits(header: [0, 1, 0])
    Self.writeLayout(&large)
    large.varbitInt(1)
    large.varbitUInt(9)
    large.varbitUInt(9)
    large.float(9)
    for _ in 0..<4 { large.varbitInt(9) }
    var small = ChunkBits(header: [0, 1, 0])
    small.bits(0, 8)
    small.bits("000")  // schema 0, no spans
    small.varbitInt(2)
    small.varbitUInt(1)
    small.varbitUInt(1)
    small.float(0)
    var samples: [HistogramSample<Int64>] = []
    try decoder.forEachHistogram(in: .histogram, large.bytes.rawBytes) { samples.append(copy $0) }
    try decoder.forEachHistogram(in: .histogram, small.bytes.rawBytes) { samples.append(copy $0) }
    #expect(samples.map(\.positiveBuckets) == [[9, 18, 27], []])
    #expect(samples.map(\.negativeBuckets) == [[9], []])
    #expect(samples.map(\.layout.positiveSpans.count) == [2, 0])
  }
}
