import Fixtures
import Platform
import Testing

@testable import TSDB

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

  @Test("a chunk of many MiB is checked without being kept", arguments: [1 << 10, 1 << 20], [true, false])
  func longChunk(_ window: Int, _ isIntact: Bool) throws {
    var long = SegmentInput.frame(of: [UInt8](repeating: 5, count: 20 << 20))
    if !isIntact { long[1 << 20] ^= 1 }
    let bytes = Self.sample + long + Self.sample.dropFirst(8)
    var scanner = SegmentScanner(file: "segment")
    var found: [(offset: UInt64, end: UInt64, isIntact: Bool, hasData: Bool)] = []
    var mostKept = 0
    for place in stride(from: 0, to: bytes.count, by: window) {
      try scanner.scan(bytes.rawBytes.extracting(place..<min(bytes.count, place + window))) {
        found.append(($0.offset, $0.end, $0.isIntact, $0.hasData))
      }
      mostKept = max(mostKept, scanner.keptBytes)
    }
    try scanner.finish()
    #expect(mostKept <= 1 << 20 && found.count == 7)
    let place = UInt64(Self.sample.count)
    #expect(found[3].offset == place && found[3].end == place + UInt64(long.count))
    #expect(found.map(\.isIntact) == [true, true, true, isIntact, true, true, true])
    #expect(found.map(\.hasData) == [true, true, true, false, true, true, true])
    #expect(found[4].offset == found[3].end && found[6].end == UInt64(bytes.count))
  }
}
