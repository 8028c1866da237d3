import Fixtures
import Testing

@testable import TSDB

@Suite("a segment cut into pieces")
struct SegmentSplitterTests {
  private static func bytes(_ chunks: Int) -> [UInt8] {
    var random = SeededRandom(seed: 9)
    var bytes = SegmentInput.head
    for _ in 0..<chunks { bytes += SegmentInput.frame(of: SegmentInput.chunk(.seconds, from: 0, &random).bytes) }
    return bytes
  }

  private struct Split {
    var pieces: [SegmentSplitter.Piece] = []
    var error: TSDBError?
    var long: [LongChunk] = []
    var strangeByte: UInt64?
    /// The most bytes that were kept from one window to the next.
    var mostKept = 0
  }

  private static func split(_ bytes: [UInt8], window: Int) -> Split {
    var splitter = SegmentSplitter(file: "chunks/000001")
    var split = Split()
    for place in stride(from: 0, to: bytes.count, by: window) {
      let end = min(bytes.count, place + window)
      split.pieces += splitter.take(Array(bytes[place..<end]))
      split.mostKept = max(split.mostKept, splitter.keptBytes)
    }
    let (last, error) = splitter.finish()
    split.pieces += last
    (split.error, split.long, split.strangeByte) = (error, splitter.longChunks, splitter.strangeByte)
    return split
  }

  /// A chunk whose length says that it has this many bytes of data, which are there.
  private static func long(_ count: Int, checksum: Bool) -> [UInt8] {
    var frame = SegmentInput.frame(of: [UInt8](repeating: 5, count: count))
    if !checksum { frame[frame.count - 1] ^= 1 }
    return frame
  }

  private static func bytes(of piece: SegmentSplitter.Piece) -> [UInt8] {
    var bytes: [UInt8] = []
    piece.forEachRun { bytes += [UInt8]($0) }
    return bytes
  }

  @Test("the pieces are the segment, each from chunk to chunk", arguments: [333, 65_536, 300_000, 300_001, 1 << 20, 1 << 30])
  func whole(window: Int) throws {
    let bytes = Self.bytes(4000)
    let split = Self.split(bytes, window: window)
    let (pieces, error) = (split.pieces, split.error)
    #expect(error == nil)
    #expect(pieces.flatMap(Self.bytes) == Array(bytes.dropFirst(8)))
    var offset: UInt64 = 8
    var faults = FaultList()
    var findings = SegmentFindings()
    for piece in pieces {
      #expect(piece.offset == offset)
      try piece.forEachChunk(of: "chunks/000001") { chunk in
        let (start, isIntact) = (chunk.offset, chunk.isIntact)
        #expect(start == offset && isIntact)
        offset = chunk.end
      }
      #expect(piece.end == offset)
      var check = SegmentCheck(file: "chunks/000001", number: 0, decodes: true, from: piece.offset)
      piece.forEachRun { check.scan($0, &faults) }
      findings.append(check.findings)
    }
    #expect(faults.isEmpty && findings.chunks.count == 4000 && findings.samples?.samples == 480_000)
  }

  @Test("one that breaks off gives the chunks before that, and says so", arguments: [1, 100, 1 << 20])
  func truncated(window: Int) {
    let bytes = Array(Self.bytes(10).dropLast(3))
    let split = Self.split(bytes, window: window)
    let (pieces, error) = (split.pieces, split.error)
    let whole = pieces.reduce(8) { $0 + Self.bytes(of: $1).count }
    #expect(error?.code == .truncated && error?.offset == UInt64(whole) && whole < bytes.count)
  }

  @Test("a length that no chunk has ends it, and what stands before it still comes", arguments: [1, 100, 1 << 20])
  func impossible(window: Int) {
    let bytes = Self.bytes(10)
    let split = Self.split(bytes + [0] + bytes, window: window)
    let (pieces, error) = (split.pieces, split.error)
    #expect(error?.code == .malformed && error?.offset == UInt64(bytes.count))
    #expect(pieces.flatMap(Self.bytes) == Array(bytes.dropFirst(8)))
  }

  @Test("a chunk that goes on over several windows, its length cut in two, comes whole")
  func long() throws {
    // Lengths of 3 bytes, as wide histograms have.
    let chunk: [UInt8] = [0xE0, 0xC6, 0x3D] + [UInt8](repeating: 1, count: 1 + 1_008_480 + 4)
    let bytes = SegmentInput.head + chunk + chunk + chunk
    for window in [262_144, 262_150, 504_246, 504_247, 1_008_495, 1_008_496, 1_008_497] {
      let split = Self.split(bytes, window: window)
      let (pieces, error) = (split.pieces, split.error)
      #expect(error == nil && pieces.flatMap(Self.bytes) == chunk + chunk + chunk, "\(window)")
      #expect(pieces.allSatisfy { ($0.offset - 8) % UInt64(chunk.count) == 0 }, "\(window)")
    }
  }

  @Test("what is no segment is said to be none", arguments: [[], [1, 2, 3], [UInt8](repeating: 7, count: 100)])
  func other(bytes: [UInt8]) {
    let split = Self.split(bytes, window: 4)
    #expect(split.pieces.isEmpty && split.error != nil)
  }

  @Test("a chunk of many MiB passes by without being kept, and those before and behind it come", arguments: [
    1000, 65_536, 1 << 20, 1 << 30,
  ], [true, false])
  func longChunk(window: Int, isIntact: Bool) throws {
    let some = Self.bytes(100)
    let more = Array(Self.bytes(200).dropFirst(8))
    let long = Self.long(20 << 20, checksum: isIntact)
    let split = Self.split(some + long + more, window: window)
    #expect(split.error == nil)
    #expect(split.pieces.flatMap(Self.bytes) == Array(some.dropFirst(8)) + more)
    #expect(split.pieces.last.map { $0.offset + UInt64(Self.bytes(of: $0).count) } == UInt64(some.count + long.count + more.count))
    #expect(split.long.map(\.offset) == [UInt64(some.count)])
    if window <= 1 << 20 { #expect(split.mostKept <= 2 << 20) }
    var check = SegmentCheck(file: "chunks/000001", number: 0, decodes: true)
    var faults = FaultList()
    for chunk in split.long { check.take(chunk, &faults) }
    #expect(faults.all.map(\.kind) == (isIntact ? [] : [.chunkChecksum]))
    // One that is right is left to be decoded by itself.
    let range = UInt64(some.count)..<UInt64(some.count + long.count)
    #expect(check.findings.undecoded == (isIntact ? [range] : []))
  }

  @Test("a length of 64 MiB whose bytes do not come is not waited for in memory")
  func claimed() {
    let some = Self.bytes(100)
    let split = Self.split(
      some + [0xFF, 0xFF, 0xFF, 0x1F] + [UInt8](repeating: 9, count: 10 << 20), window: 1 << 20)
    #expect(split.error?.code == .truncated && split.error?.offset == UInt64(some.count))
    #expect(split.pieces.flatMap(Self.bytes) == Array(some.dropFirst(8)) && split.mostKept <= 2 << 20)
  }

  @Test("bytes of the header that are not zero are seen", arguments: [5, 6, 7], [3, 1 << 20])
  func padding(place: Int, window: Int) throws {
    var bytes = Self.bytes(10)
    #expect(Self.split(bytes, window: window).strangeByte == nil)
    bytes[place] = 1
    #expect(Self.split(bytes, window: window).strangeByte == UInt64(place))
    var scanner = SegmentScanner(file: "chunks/000001")
    try scanner.scan(bytes.rawBytes) { _ in }
    #expect(scanner.strangeByte == UInt64(place))
  }
}
