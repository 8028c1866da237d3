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

  private static func split(_ bytes: [UInt8], window: Int) -> (pieces: [SegmentSplitter.Piece], error: TSDBError?) {
    var splitter = SegmentSplitter(file: "chunks/000001")
    var pieces: [SegmentSplitter.Piece] = []
    for place in stride(from: 0, to: bytes.count, by: window) {
      let end = min(bytes.count, place + window)
      if let piece = splitter.take(Array(bytes[place..<end])) { pieces.append(piece) }
    }
    let (last, error) = splitter.finish()
    if let last { pieces.append(last) }
    return (pieces, error)
  }

  private static func bytes(of piece: SegmentSplitter.Piece) -> [UInt8] {
    var bytes: [UInt8] = []
    piece.forEachRun { bytes += [UInt8]($0) }
    return bytes
  }

  @Test("the pieces are the segment, each from chunk to chunk", arguments: [333, 65_536, 300_000, 300_001, 1 << 20, 1 << 30])
  func whole(window: Int) {
    let bytes = Self.bytes(4000)
    let (pieces, error) = Self.split(bytes, window: window)
    #expect(error == nil)
    #expect(pieces.flatMap(Self.bytes) == Array(bytes.dropFirst(8)))
    var offset: UInt64 = 8
    var faults = FaultList()
    var findings = SegmentFindings()
    for piece in pieces {
      #expect(piece.offset == offset)
      offset += UInt64(Self.bytes(of: piece).count)
      var check = SegmentCheck(file: "chunks/000001", number: 0, decodes: true, from: piece.offset)
      piece.forEachRun { check.scan($0, &faults) }
      findings.append(check.findings)
    }
    #expect(faults.isEmpty && findings.chunks.count == 4000 && findings.samples?.samples == 480_000)
  }

  @Test("one that breaks off gives the chunks before that, and says so", arguments: [1, 100, 1 << 20])
  func truncated(window: Int) {
    let bytes = Array(Self.bytes(10).dropLast(3))
    let (pieces, error) = Self.split(bytes, window: window)
    let whole = pieces.reduce(8) { $0 + Self.bytes(of: $1).count }
    #expect(error?.code == .truncated && error?.offset == UInt64(whole) && whole < bytes.count)
  }

  @Test("a length that no chunk has ends it, and what stands before it still comes", arguments: [1, 100, 1 << 20])
  func impossible(window: Int) {
    let bytes = Self.bytes(10)
    let (pieces, error) = Self.split(bytes + [0] + bytes, window: window)
    #expect(error?.code == .malformed && error?.offset == UInt64(bytes.count))
    #expect(pieces.flatMap(Self.bytes) == Array(bytes.dropFirst(8)))
  }

  @Test("a chunk that goes on over several windows, its length cut in two, comes whole")
  func long() throws {
    // Lengths of 3 bytes, as wide histograms have.
    let chunk: [UInt8] = [0xE0, 0xC6, 0x3D] + [UInt8](repeating: 1, count: 1 + 1_008_480 + 4)
    let bytes = SegmentInput.head + chunk + chunk + chunk
    for window in [262_144, 262_150, 504_246, 504_247, 1_008_495, 1_008_496, 1_008_497] {
      let (pieces, error) = Self.split(bytes, window: window)
      #expect(error == nil && pieces.flatMap(Self.bytes) == chunk + chunk + chunk, "\(window)")
      #expect(pieces.allSatisfy { ($0.offset - 8) % UInt64(chunk.count) == 0 }, "\(window)")
    }
  }

  @Test("what is no segment is said to be none", arguments: [[], [1, 2, 3], [UInt8](repeating: 7, count: 100)])
  func other(bytes: [UInt8]) {
    let (pieces, error) = Self.split(bytes, window: 4)
    #expect(pieces.isEmpty && error != nil)
  }
}
