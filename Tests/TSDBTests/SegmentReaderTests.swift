import Fixtures
import Glibc
import Platform
import TSDB
import Testing

@Suite("Reading chunks by reference")
struct SegmentReaderTests {
  /// A folder with files of these contents, deleted after `body`.
  private func withFolder(_ files: [String: [UInt8]], _ body: (String) throws -> Void) throws {
    var template = Array("/tmp/segments-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw FileError(action: "create", path: "/tmp", number: errno) }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      for name in files.keys { _ = try? Directory.removeFile(folder + "/" + name) }
      Directory.removeIfEmpty(folder)
    }
    for (name, bytes) in files {
      guard let file = unsafe fopen(folder + "/" + name, "wb") else {
        throw FileError(action: "create", path: name, number: errno)
      }
      unsafe fwrite(bytes, 1, bytes.count, file)
      unsafe fclose(file)
    }
    try body(folder)
  }

  @Test("the references of an index are the chunks that the scanner finds", arguments: Fixtures.blocks, [16, 1 << 15])
  func references(_ name: String, _ window: Int) throws {
    let block = try FixtureBlock(name)
    var expected: [UInt64: ScannedChunk] = [:]
    let segment = try block.segments.files[0].readAll(limit: 1 << 30)
    for chunk in try ScannedChunk.scan(segment) { expected[chunk.offset] = chunk }
    var references: [UInt64] = []
    try block.index.forEachSeries { references += $0.chunks.map(\.reference) }
    #expect(Set(references) == Set(expected.keys))
    var reader = ChunkReader(block.segments, window: window)
    // Forwards and back, so that windows serve both.
    for reference in references + references.reversed() {
      let chunk = ScannedChunk(try reader.chunk(at: reference))
      #expect(chunk == expected[reference])
    }
  }

  @Test("a segment's number is its place among the numeric names, not its name")
  func segments() throws {
    let first = SegmentScannerTests.segment([(1, [1, 1])])
    let second = SegmentScannerTests.segment([(1, [2, 2]), (4, [3, 3, 3])])
    let files = ["000003": second, "000001": first, "000002.tmp": first, "lost": first, "+1": first]
    try withFolder(files) { folder in
      let segments = try ChunkSegments(folder: folder)
      #expect(segments.files.map(\.path) == [folder + "/000001", folder + "/000003"])
      var reader = ChunkReader(segments)
      #expect(ScannedChunk(try reader.chunk(at: 8)).data == [1, 1])
      #expect(ScannedChunk(try reader.chunk(at: 1 << 32 | 16)).data == [3, 3, 3])
      #expect(ScannedChunk(try reader.chunk(at: 8)).data == [1, 1])
    }
  }

  struct TestCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let reference: UInt64
    let code: Fault.Code
  }

  static let hostileReferences = [
    TestCase(testDescription: "a segment that is not there", reference: 1 << 32 | 8, code: .outOfRange),
    TestCase(testDescription: "the last of all segments", reference: .max, code: .outOfRange),
    TestCase(testDescription: "the header", reference: 7, code: .outOfRange),
    TestCase(testDescription: "the end of the file", reference: 25, code: .outOfRange),
    TestCase(testDescription: "beyond the end", reference: 0xffff_ffff, code: .outOfRange),
    TestCase(testDescription: "a length of zero", reference: 10, code: .malformed),
    TestCase(testDescription: "a length that goes past the end", reference: 16, code: .truncated),
    TestCase(testDescription: "a length that is cut off", reference: 24, code: .truncated),
  ]

  @Test("references that point at no chunk are typed errors", arguments: hostileReferences)
  func hostile(_ testCase: TestCase) throws {
    // A chunk at 8, then lengths that are none.
    let bytes = SegmentScannerTests.segment([(1, [0, 0])]) + [0x7f, 1, 2, 3, 4, 5, 6, 7, 0x80]
    try withFolder(["000001": bytes]) { folder in
      var reader = ChunkReader(try ChunkSegments(folder: folder))
      let error = #expect(throws: TSDBError.self) { _ = ScannedChunk(try reader.chunk(at: testCase.reference)) }
      #expect(error?.code == testCase.code)
      #expect(error?.file.hasPrefix(folder) == true)
      // And the reader is none the worse for it.
      #expect(ScannedChunk(try reader.chunk(at: 8)).isIntact)
    }
  }

  @Test("a reference into the middle of a chunk shows as a wrong checksum")
  func middle() throws {
    let bytes = SegmentScannerTests.segment([(1, [2, 9, 9, 9, 9, 9, 9, 9, 9, 9])])
    try withFolder(["000001": bytes]) { folder in
      var reader = ChunkReader(try ChunkSegments(folder: folder))
      #expect(ScannedChunk(try reader.chunk(at: 10)).isIntact == false)
    }
  }

  @Test("a file that became shorter is an error, not a crash")
  func shortened() throws {
    try withFolder(["000001": SegmentScannerTests.segment([(1, [UInt8](repeating: 0, count: 1000))])]) { folder in
      var reader = ChunkReader(try ChunkSegments(folder: folder), window: 16)
      #expect(unsafe truncate(folder + "/000001", 100) == 0)
      let error = #expect(throws: FileError.self) { _ = ScannedChunk(try reader.chunk(at: 8)) }
      #expect(error?.code == .endOfFile)
    }
  }
}
