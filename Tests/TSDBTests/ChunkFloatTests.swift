import Fixtures
import TSDB
import Testing

@Suite("Float chunks made by hand")
struct ChunkFloatTests {
  private func decode(_ encoding: ChunkEncoding, _ bits: ChunkBits) throws -> FloatSamples {
    var samples = FloatSamples()
    try samples.decode(encoding, bits.bytes.rawBytes)
    return samples
  }

  private func array<Element>(_ span: Span<Element>) -> [Element] { span.indices.map { span[$0] } }

  /// The differences of differences of time stamps at the ends of each range, which is not symmetric.
  static let differences: [(prefix: String, width: Int, value: Int64)] = [
    ("10", 14, -8191), ("10", 14, 8192), ("110", 17, -65535), ("110", 17, 65536), ("1110", 20, -524_287),
    ("1110", 20, 524_288), ("1111", 64, .min), ("1111", 64, .max),
  ]

  @Test("XOR: each width of time stamps reaches from one end to the other", arguments: differences)
  func xorTimes(_ difference: (prefix: String, width: Int, value: Int64)) throws {
    var chunk = ChunkBits(header: [0, 3])
    chunk.varint(-5)
    chunk.float(1)
    chunk.uvarint(10)
    chunk.bits("0")
    chunk.bits(difference.prefix)
    chunk.bits(UInt64(bitPattern: difference.value), difference.width)
    chunk.bits("0")
    let samples = try decode(.xor, chunk)
    #expect(array(samples.timestamps) == [-5, 5, 15 &+ difference.value])
    #expect(array(samples.values) == [1, 1, 1])
    #expect(array(samples.startTimestamps) == [])
  }

  @Test("XOR: windows of 64 bits, the same window again, and a NaN's bits as they are")
  func xorValues() throws {
    var chunk = ChunkBits(header: [0, 4])
    chunk.varint(1_700_000_000_000)
    chunk.float(.stale)
    chunk.uvarint(30_000)
    // All 64 bits, which 6 bits can only write as 0.
    chunk.bits("11")
    chunk.bits(0, 11)
    chunk.bits(Double.stale.bitPattern ^ 0x8000_0000_0000_0001, 64)
    chunk.bits("0")
    chunk.bits("10")
    chunk.bits(0xffff_ffff_ffff_ffff, 64)
    chunk.bits("0")
    chunk.xor(0x0000_0000_00ff_0000)
    let values = array(try decode(.xor, chunk).values).map(\.bitPattern)
    let second: UInt64 = 0x8000_0000_0000_0001
    #expect(values == [Double.stale.bitPattern, second, ~second, ~second ^ 0x00ff_0000])
  }

  @Test("XOR: bytes after the last sample are left alone, as old files have one too many")
  func xorTrailingBytes() throws {
    var chunk = ChunkBits(header: [0, 1])
    chunk.varint(7)
    chunk.float(0.5)
    chunk.bits(0, 24)
    #expect(array(try decode(.xor, chunk).timestamps) == [7])
  }

  @Test("a chunk without samples is none of the decoders' business")
  func empty() throws {
    #expect(try decode(.xor, ChunkBits(header: [0, 0])).count == 0)
    #expect(try decode(.xor2, ChunkBits(header: [0, 0, 0])).count == 0)
    var decoder = ChunkDecoder()
    let summary = try decoder.summary(of: .histogram, ([0, 0, 0] as [UInt8]).rawBytes)
    #expect(summary == ChunkSummary())
    #expect(summary.firstTimestamp == nil)
  }

  @Test("XOR2: every control prefix, and stale samples leave the value before the next one as it was")
  func xor2Controls() throws {
    var chunk = ChunkBits(header: [0, 9, 0])
    chunk.varint(1000)
    chunk.float(2)
    chunk.uvarint(100)
    chunk.bits("0")  // 1: the same value
    chunk.bits("0")  // 2: dod 0, the same
    chunk.bits("10")  // 3: dod 0, changed, new window
    chunk.xor(0x0008_0000_0000_0000, prefix: "1")
    chunk.bits("11111")  // 4: dod 0, stale
    chunk.bits("110")  // 5: dod −4096, in the window of sample 3
    chunk.bits(UInt64(bitPattern: -4096), 13)
    chunk.bits("101")
    chunk.bits("1110")  // 6: dod 524287, stale
    chunk.bits(524_287, 20)
    chunk.bits("111")
    chunk.bits("11110")  // 7: dod −520191 in 64 bits, the same as 5
    chunk.bits(UInt64(bitPattern: -520_191), 64)
    chunk.bits("0")
    chunk.bits("10")  // 8: dod 0, changed, same window
    chunk.bits("01")
    let samples = try decode(.xor2, chunk)
    #expect(array(samples.timestamps) == [1000, 1100, 1200, 1300, 1400, -2596, 517_695, 517_795, 517_895])
    let changed = Double(bitPattern: 2.0.bitPattern ^ 0x0008_0000_0000_0000)
    let expected = [2, 2, 2, changed, .stale, 2, .stale, 2, changed].map(\.bitPattern)
    #expect(array(samples.values).map(\.bitPattern) == expected)
    #expect(!samples.hasStartTimestamps)
  }

  @Test("XOR2: a stale sample at the start leaves 0 as the value before the next one")
  func xor2StaleFirst() throws {
    var chunk = ChunkBits(header: [0, 3, 0])
    chunk.varint(1000)
    chunk.float(.stale)
    chunk.uvarint(100)
    chunk.xor(0.75.bitPattern, prefix: "110")
    chunk.bits("0")
    let values = array(try decode(.xor2, chunk).values).map(\.bitPattern)
    #expect(values == [Double.stale, 0.75, 0.75].map(\.bitPattern))
  }

  @Test("XOR2: start time stamps from the first sample on, changing from the third")
  func xor2Starts() throws {
    var chunk = ChunkBits(header: [0, 5, 0x80 | 2])
    chunk.varint(1000)
    chunk.float(1)
    chunk.varint(400)  // 1000 − 400
    chunk.uvarint(100)
    chunk.bits("0")  // unchanged until the third
    chunk.bits("0")
    chunk.varbitInt(50)  // 1100 − 50
    chunk.bits("0")
    chunk.varbitInt(100)  // 1200 − (50 + 100)
    chunk.bits("0")
    chunk.varbitInt(-3000)  // 1300 − (150 − 3000)
    let samples = try decode(.xor2, chunk)
    #expect(array(samples.startTimestamps) == [600, 600, 1050, 1050, 4150])
  }

  @Test("XOR2: start time stamps that begin with the second sample")
  func xor2StartsLate() throws {
    var chunk = ChunkBits(header: [0, 3, 1])
    chunk.varint(1000)
    chunk.float(1)
    chunk.uvarint(100)
    chunk.bits("0")
    chunk.varbitInt(-100)  // 1000 + 100
    chunk.bits("0")
    chunk.varbitInt(100)  // 1100 − 0
    #expect(array(try decode(.xor2, chunk).startTimestamps) == [0, 1100, 1100])
  }

  @Test("time that stands still or goes back is told")
  func risingTime() throws {
    var decoder = ChunkDecoder()
    for (delta, isRising) in [(UInt64(1), true), (0, false), (UInt64(bitPattern: -1), false)] {
      var chunk = ChunkBits(header: [0, 2])
      chunk.varint(5)
      chunk.float(1)
      chunk.uvarint(delta)
      chunk.bits("0")
      let summary = try decoder.summary(of: .xor, chunk.bytes.rawBytes)
      #expect(summary.isStrictlyRising == isRising)
      #expect(summary.samples == 2 && summary.floatSamples == 2)
      #expect(summary.firstTimestamp == 5 && summary.lastTimestamp == 5 + Int64(bitPattern: delta))
    }
  }
}
