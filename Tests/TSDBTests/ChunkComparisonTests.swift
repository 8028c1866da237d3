import Fixtures
import Testing

@testable import TSDB

@Suite("chunks of index and segments, held against each other")
struct ChunkComparisonTests {
  /// A segment with a thousand chunks, and what an index says of it.
  private struct Block: SegmentPieces {
    var chunks: [ChunkMeta] = []
    var segment = SegmentInput.head
    var names: [String] { ["chunks/000001"] }
    var sizes: [UInt64] { [UInt64(segment.count)] }
    /// What can be compared, if not all.
    var end: UInt64?
    var ends: [UInt64] { [end ?? UInt64(segment.count)] }

    init() {
      var random = SeededRandom(seed: 5)
      for number in 0..<1000 {
        let chunk = SegmentInput.chunk(.counters, from: Int64(number), &random)
        chunks.append(ChunkMeta(minTime: chunk.start, maxTime: chunk.time, reference: UInt64(segment.count)))
        segment += SegmentInput.frame(of: chunk.bytes)
      }
    }

    func read(_ segment: Int, _ range: Range<UInt64>) async throws -> [UInt8] {
      Array(self.segment[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    /// An index of as many series.
    func findings() async throws -> (IndexFindings, [UInt8]) {
      var parts = IndexBytes()
      let values = (0..<chunks.count).map { "v\(1000 + $0)" }
      parts.symbols = IndexBytes.symbols(["a"] + values)
      parts.series = chunks.enumerated().map { number, chunk in
        [1, 0] + IndexBytes.uvarint(UInt64(number + 1)) + [1] + IndexBytes.varint(chunk.minTime)
          + IndexBytes.uvarint(UInt64(bitPattern: chunk.maxTime &- chunk.minTime)) + IndexBytes.uvarint(chunk.reference)
      }
      parts.lists = { references in [IndexBytes.list(references)] + references.map { IndexBytes.list([$0]) } }
      parts.table = { offsets in
        IndexBytes.table([("", "", offsets[0])] + values.enumerated().map { ("a", $0.element, offsets[$0.offset + 1]) })
      }
      return (try await IndexStreamTests.findings(parts.bytes, window: 1 << 20), parts.bytes)
    }

    func naming(_ wanted: Set<UInt64> = [], waiting limit: Int = ChunkComparison.limit) async throws -> ChunkNaming {
      let (findings, bytes) = try await findings()
      return try await findings.compareChunks(self, naming: wanted, waiting: limit) {
        Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)])
      }
    }

    func compare(waiting limit: Int = ChunkComparison.limit) async throws -> ([BlockFault], isWhole: Bool) {
      let naming = try await naming(waiting: limit)
      return (naming.faults.all, naming.isWhole)
    }
  }

  @Test("where both agree nothing is found")
  func equal() async throws {
    let (faults, isWhole) = try await Block().compare()
    #expect(faults == [] && isWhole)
  }

  @Test("each chunk that differs is named with its place")
  func named() async throws {
    var block = Block()
    let places = block.chunks.map(\.reference)
    block.chunks[100].reference += 1
    block.chunks[200].maxTime += 1
    block.chunks.remove(at: 300)
    let (faults, isWhole) = try await block.compare()
    #expect(isWhole)
    #expect(faults.map(\.kind) == [.chunkTimes, .chunkMissing, .unreferencedChunk, .unreferencedChunk])
    #expect(faults.map(\.offset) == [places[200], places[100] + 1, places[100], places[300]])
  }

  @Test("chunks that lie in the opposite order are the same ones")
  func reversed() async throws {
    var block = Block()
    block.chunks.reverse()
    #expect(try await block.compare().0 == [])
  }

  @Test("of a segment that breaks off only the chunks before that are compared")
  func partial() async throws {
    var block = Block()
    let places = block.chunks.map(\.reference)
    block.end = places[500]
    block.chunks[100].reference += 1
    block.chunks[600].reference += 1
    let (faults, _) = try await block.compare()
    #expect(faults.map(\.kind) == [.chunkMissing, .unreferencedChunk])
    #expect(faults.map(\.offset) == [places[100] + 1, places[100]])
  }

  @Test("the series of chunks are found, also where nothing can be compared", arguments: [nil, 0, 300, Int.max])
  func named(compared: Int?) async throws {
    var block = Block()
    let places = block.chunks.map(\.reference)
    var limit = ChunkComparison.limit
    if compared == .max {
      // More chunks wait than may.
      for place in block.chunks.indices where place != 7 && place != 900 { block.chunks[place].reference += 1 }
      limit = 100
    } else if let compared {
      block.end = compared == 0 ? 0 : places[compared]
    }
    let naming = try await block.naming([places[7], places[900], 1 << 40], waiting: limit)
    #expect(Set(naming.entries.keys) == [places[7], places[900]])
    #expect(naming.isWhole == (compared != .max))
    let (seventh, last) = (naming.entries[places[7]] ?? 0, naming.entries[places[900]] ?? 0)
    #expect(seventh > 0 && last > seventh)
  }

  @Test("where more chunks wait than may, that is said")
  func limited() async throws {
    var block = Block()
    for place in block.chunks.indices { block.chunks[place].reference += 1 }
    let (faults, isWhole) = try await block.compare(waiting: 500)
    #expect(!isWhole && faults == [])
  }
}
