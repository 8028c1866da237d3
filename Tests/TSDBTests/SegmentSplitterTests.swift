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
      if let piece = splitter.take(bytes.rawBytes.extracting(place..<end)) { pieces.append(piece) }
    }
    let (last, error) = splitter.finish()
    if let last { pieces.append(last) }
    return (pieces, error)
  }

  @Test("the pieces are the segment, each from chunk to chunk", arguments: [333, 65_536, 1 << 30])
  func whole(window: Int) {
    let bytes = Self.bytes(4000)
    let (pieces, error) = Self.split(bytes, window: window)
    #expect(error == nil)
    #expect(pieces.flatMap(\.bytes) == Array(bytes.dropFirst(8)))
    var offset: UInt64 = 8
    var faults = FaultList()
    var findings = SegmentFindings()
    for piece in pieces {
      #expect(piece.offset == offset)
      offset += UInt64(piece.bytes.count)
      var check = SegmentCheck(file: "chunks/000001", number: 0, decodes: true, from: piece.offset)
      check.scan(piece.bytes.rawBytes, &faults)
      findings.append(check.findings)
    }
    #expect(faults.isEmpty && findings.chunks.count == 4000 && findings.samples?.samples == 480_000)
  }

  @Test("one that breaks off gives the chunks before that, and says so", arguments: [1, 100, 1 << 20])
  func truncated(window: Int) {
    let bytes = Array(Self.bytes(10).dropLast(3))
    let (pieces, error) = Self.split(bytes, window: window)
    let whole = pieces.reduce(8) { $0 + $1.bytes.count }
    #expect(error?.code == .truncated && error?.offset == UInt64(whole) && whole < bytes.count)
  }

  @Test("a length that no chunk has ends it, and what stands before it still comes", arguments: [1, 100, 1 << 20])
  func impossible(window: Int) {
    let bytes = Self.bytes(10)
    let (pieces, error) = Self.split(bytes + [0] + bytes, window: window)
    #expect(error?.code == .malformed && error?.offset == UInt64(bytes.count))
    #expect(pieces.flatMap(\.bytes) == Array(bytes.dropFirst(8)))
  }

  @Test("what is no segment is said to be none", arguments: [[], [1, 2, 3], [UInt8](repeating: 7, count: 100)])
  func other(bytes: [UInt8]) {
    let (pieces, error) = Self.split(bytes, window: 4)
    #expect(pieces.isEmpty && error != nil)
  }
}
