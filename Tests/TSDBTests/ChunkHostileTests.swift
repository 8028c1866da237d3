import Fixtures
import TSDB
import Testing

@Suite("Hostile chunks")
struct ChunkHostileTests {
  struct TestCase: CustomTestStringConvertible, Sendable {
    let name: String
    let encoding: ChunkEncoding
    let code: Fault.Code
    let data: [UInt8]
    var testDescription: String { name }

    init(
      _ name: String, _ encoding: ChunkEncoding, _ code: Fault.Code, _ header: [UInt8],
      _ write: (inout ChunkBits) -> Void = { _ in }
    ) {
      self.name = name
      self.encoding = encoding
      self.code = code
      var bits = ChunkBits(header: header)
      write(&bits)
      data = bits.bytes
    }
  }

  static let cases: [TestCase] =
    floats + layouts(.histogram) + layouts(.floatHistogram) + layouts(.histogramST) + layouts(.floatHistogramST)
    + aggregates + [
      TestCase("encoding 0", .none, .unknownEncoding, [0, 1]),
      TestCase("encoding 9", ChunkEncoding(rawValue: 9), .unknownEncoding, [0, 1]),
    ]

  static let floats = [
    TestCase("XOR: no bytes", .xor, .truncated, []),
    TestCase("XOR: half a count", .xor, .truncated, [0]),
    TestCase("XOR: a count and no samples", .xor, .truncated, [0, 1]),
    TestCase("XOR: the largest count and one sample", .xor, .truncated, [0xff, 0xff]) {
      $0.varint(1)
      $0.float(1)
    },
    TestCase("XOR: a time stamp without end", .xor, .malformed, [0, 1] + [UInt8](repeating: 0xff, count: 40)),
    TestCase("XOR: a time stamp of 65 bits", .xor, .malformed, [0, 1] + [UInt8](repeating: 0x80, count: 9) + [2]),
    TestCase("XOR: a window of 65 bits", .xor, .malformed, [0, 2]) {
      $0.varint(1)
      $0.float(1)
      $0.uvarint(1)
      $0.bits("11")
      $0.bits(1, 5)
      $0.bits(0, 6)
    },
    TestCase("XOR: the end inside a value", .xor, .truncated, [0, 2]) {
      $0.varint(1)
      $0.float(1)
      $0.uvarint(1)
      $0.bits("10")
      $0.bits(1, 20)
    },
    TestCase("XOR2: no header of start times", .xor2, .truncated, [0, 1]),
    TestCase("XOR2: no sample", .xor2, .truncated, [0, 1, 0]),
    TestCase("XOR2: no start time", .xor2, .truncated, [0, 1, 0x80]) {
      $0.varint(1)
      $0.float(1)
    },
    TestCase("XOR2: a window of 94 bits", .xor2, .malformed, [0, 3, 0]) {
      $0.varint(1)
      $0.float(1)
      $0.uvarint(1)
      $0.bits("0")
      $0.bits("101")
      $0.bits(31, 5)
      $0.bits(63, 6)
    },
  ]

  static func layouts(_ encoding: ChunkEncoding) -> [TestCase] {
    // Of encodings 5 and 6 the third byte says that there are no start times.
    let header: [UInt8] = [0, 1, 0]
    func layout(_ name: String, _ code: Fault.Code, _ write: (inout ChunkBits) -> Void) -> TestCase {
      TestCase("\(encoding): \(name)", encoding, code, header) {
        $0.bits(0, 8)
        write(&$0)
      }
    }
    return [
      TestCase("\(encoding): half a header", encoding, .truncated, [0, 1]),
      TestCase("\(encoding): no layout", encoding, .truncated, header),
      layout("schema 53", .malformed) { $0.varbitInt(53) },
      layout("schema −10", .malformed) { $0.varbitInt(-10) },
      layout("schema −2⁶³", .malformed) { $0.varbitInt(.min) },
      layout("2⁶⁴ − 1 spans", .tooLarge) {
        $0.varbitInt(0)
        $0.varbitUInt(.max)
        $0.bits(0, 64)
      },
      layout("a million spans and no bytes for them", .truncated) {
        $0.varbitInt(0)
        $0.varbitUInt(1_000_000)
      },
      layout("a span of 2⁶⁴ − 1 buckets", .tooLarge) {
        $0.varbitInt(0)
        $0.varbitUInt(1)
        $0.varbitUInt(.max)
        $0.varbitInt(0)
      },
      layout("spans that are too long together", .tooLarge) {
        $0.varbitInt(0)
        $0.varbitUInt(2)
        for _ in 0..<2 {
          $0.varbitUInt(600_000)
          $0.varbitInt(0)
        }
      },
      layout("a million buckets and no bytes for them", .outOfRange) {
        $0.varbitInt(0)
        $0.varbitUInt(1)
        $0.varbitUInt(1_000_000)
        $0.varbitInt(0)
        $0.varbitUInt(0)
      },
      layout("a span's offset of 33 bits", .malformed) {
        $0.varbitInt(0)
        $0.varbitUInt(1)
        $0.varbitUInt(1)
        $0.varbitInt(1 << 32)
      },
      layout("2⁴⁰ custom bounds", .tooLarge) {
        $0.varbitInt(-53)
        $0.varbitUInt(0)
        $0.varbitUInt(0)
        $0.varbitUInt(1 << 40)
      },
      layout("a million custom bounds and no bytes for them", .truncated) {
        $0.varbitInt(-53)
        $0.varbitUInt(0)
        $0.varbitUInt(0)
        $0.varbitUInt(1_000_000)
      },
    ]
  }

  static let aggregates = [
    TestCase("aggregate: no bytes", .aggregate, .truncated, []),
    TestCase("aggregate: four slots", .aggregate, .truncated, [0, 0, 0, 0]),
    TestCase("aggregate: a slot past the end", .aggregate, .outOfRange, [4, 1, 0, 0, 0]),
    TestCase("aggregate: a slot of 2³⁵ − 1 bytes", .aggregate, .outOfRange, [0xff, 0xff, 0xff, 0xff, 0x7f, 1]),
    TestCase("aggregate: a length without end", .aggregate, .malformed, [UInt8](repeating: 0xff, count: 20)),
    TestCase("aggregate: an aggregate inside", .aggregate, .malformed, [5, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    TestCase("aggregate: an unknown encoding inside", .aggregate, .unknownEncoding, [1, 9, 0, 0, 0, 0, 0]),
    TestCase("aggregate: a broken chunk inside", .aggregate, .truncated, [0, 2, 1, 0, 1, 0, 0, 0]),
  ]

  @Test("broken data is a typed fault inside of the data", arguments: cases)
  func fault(_ testCase: TestCase) throws {
    var decoder = ChunkDecoder()
    let fault = #expect(throws: Fault.self) { try decoder.summary(of: testCase.encoding, testCase.data.rawBytes) }
    #expect(fault?.code == testCase.code)
    #expect((0...testCase.data.count).contains(fault?.offset ?? -1))
  }

  @Test("a decoder that has seen all of them decodes sound chunks as before")
  func reuse() throws {
    var decoder = ChunkDecoder()
    let chunks = try ScannedChunk.scan(Fixtures.bytes(Fixtures.blocks[0] + "/chunks/000001"))
    for (number, chunk) in chunks.enumerated() {
      let broken = Self.cases[number % Self.cases.count]
      #expect(throws: Fault.self) { try decoder.summary(of: broken.encoding, broken.data.rawBytes) }
      var fresh = ChunkDecoder()
      let expected = try fresh.summary(of: chunk.encoding, chunk.data.rawBytes)
      #expect(try decoder.summary(of: chunk.encoding, chunk.data.rawBytes) == expected)
    }
  }

  @Test("a fault inside an aggregate names the place in the whole chunk")
  func aggregateOffset() {
    var decoder = ChunkDecoder()
    let data: [UInt8] = [0, 0, 3, 1, 0, 1, 0, 0, 0]
    let fault = #expect(throws: Fault.self) { try decoder.summary(of: .aggregate, data.rawBytes) }
    #expect(fault?.offset == 7)
  }

  @Test("unknown encodings have names for people")
  func names() {
    #expect(ChunkEncoding(rawValue: 9).description == "unknown encoding 9")
    #expect(!ChunkEncoding(rawValue: 9).isKnown && !ChunkEncoding.none.isKnown && ChunkEncoding.aggregate.isKnown)
    #expect(ChunkEncoding.xor.description == "XOR")
  }
}
