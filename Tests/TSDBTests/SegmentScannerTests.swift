import Fixtures
import Platform
import TSDB
import Testing

@Suite("Scanning chunk segments")
struct SegmentScannerTests {
  /// The header of a segment and chunks with right checksums.
  static func segment(_ chunks: [(encoding: UInt8, data: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = [0x85, 0xBD, 0x40, 0xDD, 1, 0, 0, 0]
    for chunk in chunks {
      var length = ChunkBits()
      length.uvarint(UInt64(chunk.data.count))
      let body = [chunk.encoding] + chunk.data
      let checksum = CRC32C.checksum(body.rawBytes)
      bytes += length.bytes + body + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
    }
    return bytes
  }

  static let sample = segment([(1, [0, 0]), (9, [UInt8](repeating: 7, count: 200)), (4, [0, 0, 0])])

  @Test("windows of any size give the same chunks", arguments: [1, 7, 64, 4096, 1 << 20])
  func windows(_ window: Int) throws {
    let name = Fixtures.blocks[0] + "/chunks/000001"
    let segment = try Fixtures.bytes(name)
    let expected = try ScannedChunk.scan(segment)
    #expect(expected.count == 195)
    #expect(try ScannedChunk.scan(segment, window: window) == expected)

    // And so from the file.
    let file = try OpenFile(Fixtures.root + "/" + name)
    var scanner = SegmentScanner(file: file.path)
    var chunks: [ScannedChunk] = []
    try file.forEachWindow(of: 0..<file.size, window: max(64, window)) { bytes in
      try scanner.scan(bytes) { chunks.append(ScannedChunk($0)) }
    }
    try scanner.finish()
    #expect(chunks == expected)
    #expect(scanner.scannedBytes == file.size)
  }

  @Test("an unknown encoding is checked and handed on like the others")
  func unknownEncoding() throws {
    let chunks = try ScannedChunk.scan(Self.sample)
    #expect(chunks.map(\.encoding.rawValue) == [1, 9, 4])
    #expect(chunks.map(\.isIntact) == [true, true, true])
    #expect(chunks.map(\.offset) == [8, 16, 223])
    #expect(chunks.map(\.dataOffset) == [10, 19, 225])
    #expect(chunks[1].data == [UInt8](repeating: 7, count: 200))
  }

  @Test("a wrong checksum is told of its own chunk alone")
  func checksum() throws {
    var segment = Self.sample
    segment[100] ^= 1
    #expect(try ScannedChunk.scan(segment).map(\.isIntact) == [true, false, true])
    var scanner = SegmentScanner(file: "block/chunks/000001")
    try scanner.scan(segment.rawBytes) { chunk in
      guard !chunk.isIntact else { return }
      let error = chunk.checksumError(in: "block/chunks/000001")
      #expect(error.code == .checksumMismatch && error.offset == 16)
      #expect(error.description.hasPrefix("block/chunks/000001: offset 16: expected a chunk with the checksum 0x"))
    }
  }

  @Test("a file that ends anywhere but between chunks is truncated", arguments: [1, 5, 1000])
  func truncation(_ window: Int) throws {
    let boundaries = [8, 16, 223, Self.sample.count]
    for length in 0...Self.sample.count {
      var chunks: [ScannedChunk] = []
      let segment = Array(Self.sample[..<length])
      if let whole = boundaries.firstIndex(of: length) {
        try ScannedChunk.scan(segment, window: window, into: &chunks)
        #expect(chunks.count == whole)
        continue
      }
      let error = #expect(throws: TSDBError.self) {
        try ScannedChunk.scan(segment, window: window, into: &chunks)
      }
      #expect(error?.code == .truncated && error?.file == "segment")
      #expect(error.map { Int($0.offset) } == (length < 8 ? length : boundaries.last { $0 < length }))
    }
  }

  struct TestCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let code: Fault.Code
    let offset: UInt64

    init(_ name: String, _ bytes: [UInt8], _ code: Fault.Code, at offset: UInt64) {
      testDescription = name
      self.bytes = bytes
      self.code = code
      self.offset = offset
    }
  }

  static let header: [UInt8] = [0x85, 0xBD, 0x40, 0xDD, 1, 0, 0, 0]
  static let broken = [
    TestCase("an index", [0xBA, 0xAA, 0xD7, 0, 2, 0, 0, 0], .badMagic, at: 0),
    TestCase("version 2", [0x85, 0xBD, 0x40, 0xDD, 2, 0, 0, 0], .unsupportedVersion, at: 4),
    TestCase("zeros, as a crash leaves them", header + [0, 0, 0, 0, 0, 0, 0], .malformed, at: 8),
    TestCase("a length of 6 bytes", header + [0x80, 0x80, 0x80, 0x80, 0x80, 1], .malformed, at: 8),
    TestCase("64 MiB and a byte", header + [0x81, 0x80, 0x80, 0x20], .tooLarge, at: 8),
    TestCase("after a sound chunk", segment([(1, [0, 0])]) + [0xff, 0xff, 0xff, 0xff, 0x7f], .tooLarge, at: 16),
    TestCase("64 MiB that do not come", header + [0x80, 0x80, 0x80, 0x20, 1], .truncated, at: 8),
  ]

  @Test("what is no segment, and lengths that no chunk has, are typed errors", arguments: broken, [1, 3, 1 << 20])
  func hostile(_ testCase: TestCase, _ window: Int) {
    let error = #expect(throws: TSDBError.self) { try ScannedChunk.scan(testCase.bytes, window: window) }
    #expect(error?.code == testCase.code)
    #expect(error?.offset == testCase.offset)
    if testCase.code == .tooLarge {
      #expect(error?.description.contains("the chunks after it cannot be found") == true)
    }
  }

  @Test("an error of the caller's comes through")
  func callersError() {
    struct Stop: Error {}
    var scanner = SegmentScanner(file: "segment")
    #expect(throws: Stop.self) { try scanner.scan(Self.sample.rawBytes) { _ in throw Stop() } }
  }
}
