import Fixtures
import Testing

@testable import TSDB

/// Holds what many chunks decoded side by side tell against the decoder that keeps every sample.
@Suite("XOR chunks side by side", .timeLimit(.minutes(2)))
struct XORLanesTests {
  static let seed: UInt64 = 20_261_123

  private static let usual = XORShapes.Shape.allCases.filter { $0 != .long }

  private static func anyShape(_ random: inout SeededRandom) -> [UInt8] {
    XORShapes.chunk(usual[Int.random(in: 0..<usual.count, using: &random)], &random).bytes
  }

  /// What the plain decoder tells of a chunk.
  private struct Truth {
    let decoded: Result<ChunkSummary, Fault>

    init(_ data: [UInt8]) {
      decoded = Result { () throws(Fault) in
        var samples = FloatSamples()
        try samples.decode(.xor, data.rawBytes)
        var summary = ChunkSummary()
        for place in 0..<samples.count { summary.add(timestamp: samples.timestamps[place], isHistogram: false) }
        return summary
      }
    }
  }

  /// Chunks one behind the other with something between them, as they lie in a segment.
  private struct Buffer {
    var bytes: [UInt8] = [0x5a]
    var ranges: [Range<Int>] = []

    init(_ chunks: [[UInt8]], _ random: inout SeededRandom) {
      for chunk in chunks {
        ranges.append(bytes.count..<bytes.count + chunk.count)
        bytes += chunk
        for _ in 0..<Int.random(in: 0...6, using: &random) { bytes.append(.random(in: 0 ... .max, using: &random)) }
      }
    }

    func summaries(_ lanes: inout XORLanes) -> [ChunkSummary?] {
      var summaries: [ChunkSummary?] = [nil, nil]
      lanes.summarize(ranges, in: bytes.rawBytes, &summaries)
      return summaries
    }
  }

  /// Whether a chunk's summary is the decoder's, where there is one.
  private static func agrees(_ summary: ChunkSummary?, _ chunk: [UInt8]) -> Bool {
    guard let summary else { return true }
    return (try? Truth(chunk).decoded.get()) == summary
  }

  @Test("what is told of sound chunks of every shape is what their samples tell", arguments: 0..<4 as Range<UInt64>)
  func sound(part: UInt64) throws {
    var random = SeededRandom(seed: Self.seed + part)
    var lanes = XORLanes()
    for count in [1, 7, 16, 17, 300] {
      let chunks = (0..<count).map { number in
        number == 100 ? XORShapes.chunk(.long, &random).bytes : Self.anyShape(&random)
      }
      let summaries = Buffer(chunks, &random).summaries(&lanes)
      #expect(summaries.count == count)
      for (chunk, summary) in zip(chunks, summaries) where !Self.agrees(summary, chunk) {
        Issue.record("seed \(Self.seed + part): \(chunk)")
      }
    }
  }

  @Test("only what the decoder has to judge is left to it", .enabled(if: XORLanes.exist))
  func ordinary() {
    var random = SeededRandom(seed: Self.seed)
    var lanes = XORLanes()
    for shape in XORShapes.Shape.allCases where shape != .sparse && shape != .short {
      let chunks = (0..<20).map { _ in XORShapes.chunk(shape, &random).bytes }
      let summaries = Buffer(chunks + [[UInt8](repeating: 0, count: 40)], &random).summaries(&lanes)
      #expect(summaries.dropLast().allSatisfy { $0 != nil }, "\(shape)")
      #expect(summaries.last == .some(nil))
    }
  }

  @Test("damaged chunks are left to the decoder, or told of as by it", arguments: 0..<8 as Range<UInt64>)
  func damaged(part: UInt64) throws {
    let seed = Self.seed + 100 + part
    var random = SeededRandom(seed: seed)
    var lanes = XORLanes()
    var refused = 0
    var told = 0
    for _ in 0..<5 {
      let chunks = (0..<64).map { _ in
        var data = Self.anyShape(&random)
        if Bool.random(using: &random) { random.damage(&data) }
        if Int.random(in: 0..<4, using: &random) == 0 {
          data.removeLast(Int.random(in: 0...data.count, using: &random))
        }
        return data
      }
      for (chunk, summary) in zip(chunks, Buffer(chunks, &random).summaries(&lanes)) {
        if !Self.agrees(summary, chunk) { Issue.record("seed \(seed): \(chunk)") }
        if case .failure = Truth(chunk).decoded { refused += 1 } else if summary != nil { told += 1 }
      }
    }
    // Without both the damage would be too little or too much to show anything.
    #expect(refused > 50 && (told > 50 || !XORLanes.exist))
  }

  @Test("any samples that the format allows, up to the ends of the numbers", arguments: 0..<8 as Range<UInt64>)
  func anything(part: UInt64) throws {
    let seed = Self.seed + 200 + part
    var random = SeededRandom(seed: seed)
    var lanes = XORLanes()
    for _ in 0..<10 {
      let chunks = (0..<64).map { _ in Self.anyChunk(&random) }
      let summaries = Buffer(chunks, &random).summaries(&lanes)
      for (chunk, summary) in zip(chunks, summaries) where !Self.agrees(summary, chunk) {
        Issue.record("seed \(seed): \(chunk)")
      }
    }
  }

  /// Each class of time stamps and values with any bits in it, windows too wide among them.
  private static func anyChunk(_ random: inout SeededRandom) -> [UInt8] {
    let count = Int.random(in: 0...200, using: &random)
    var chunk = ChunkBits(header: [0, UInt8(count)])
    let wide = Bool.random(using: &random)
    chunk.varint(.random(in: wide ? .min ... .max : -10_000_000_000_000...10_000_000_000_000, using: &random))
    chunk.bits(.random(in: 0 ... .max, using: &random), 64)
    chunk.uvarint(.random(in: 0...(wide ? UInt64.max : 1 << 40), using: &random))
    var width = 64
    for number in 0..<max(0, count - 1) {
      if number > 0 { time(&chunk, &random) }
      value(&chunk, &width, &random)
    }
    return chunk.bytes
  }

  private static func time(_ chunk: inout ChunkBits, _ random: inout SeededRandom) {
    let classes = [("0", 0), ("0", 0), ("10", 14), ("110", 17), ("1110", 20)]
    let (prefix, width) = classes[Int.random(in: 0..<classes.count, using: &random)]
    if Int.random(in: 0..<2_000, using: &random) == 0 {
      chunk.bits("1111")
      return chunk.bits(.random(in: 0 ... .max, using: &random), 64)
    }
    chunk.bits(prefix)
    // The ends of the range and what lies around them as often as anything else.
    let half: UInt64 = width == 0 ? 0 : 1 << UInt64(width - 1)
    let values = [half, half &- 1, half &+ 1, 0, .random(in: 0 ... .max, using: &random)]
    chunk.bits(values[Int.random(in: 0..<values.count, using: &random)], width)
  }

  /// - Parameter width: bits of the window.
  private static func value(_ chunk: inout ChunkBits, _ width: inout Int, _ random: inout SeededRandom) {
    let kind = ["0", "0", "10", "11"][Int.random(in: 0..<4, using: &random)]
    chunk.bits(kind)
    if kind == "10" { chunk.bits(.random(in: 0 ... .max, using: &random), width) }
    guard kind == "11" else { return }
    width = Int.random(in: 1...64, using: &random)
    let isTooWide = Int.random(in: 0..<2_000, using: &random) == 0
    let leading = Int.random(in: 0...(isTooWide ? 31 : min(31, 64 - width)), using: &random)
    chunk.bits(UInt64(leading), 5)
    chunk.bits(UInt64(width), 6)
    chunk.bits(.random(in: 0 ... .max, using: &random), width)
  }

  @Test("a chunk at the very end of the buffer is left to the decoder")
  func end() {
    var random = SeededRandom(seed: Self.seed)
    var lanes = XORLanes()
    let chunk = XORShapes.chunk(.gauge, &random).bytes
    for behind in 0..<32 {
      let bytes = chunk + [UInt8](repeating: 0xff, count: behind)
      var summaries: [ChunkSummary?] = []
      lanes.summarize([0..<chunk.count], in: bytes.rawBytes, &summaries)
      #expect(summaries == [nil])
    }
  }

  @Test("a segment is judged alike where its chunks wait and where they do not", arguments: 0..<4 as Range<UInt64>)
  func segments(part: UInt64) {
    let seed = Self.seed + 300 + part
    var random = SeededRandom(seed: seed)
    var bytes = SegmentInput.head
    var kinds: Set<BlockFault.Kind> = []
    for number in 0..<700 {
      var data = Self.anyShape(&random)
      if Int.random(in: 0..<20, using: &random) == 0 { random.damage(&data) }
      if data.isEmpty { data = [0] }
      var frame = SegmentInput.frame(of: data)
      if number % 41 == 40 { frame[frame.count - 1] ^= 1 }
      if number % 97 == 96 { frame = SegmentInput.frame(of: data, encoding: 0) }
      bytes += frame
    }
    let whole = Self.check(bytes, window: .max)
    let pieces = Self.check(bytes, window: 100)
    for fault in whole.faults.all { kinds.insert(fault.kind) }
    #expect(whole.faults.all == pieces.faults.all, "seed \(seed)")
    #expect(whole.findings.samples == pieces.findings.samples && whole.findings.chunks == pieces.findings.chunks)
    #expect(whole.findings.isComplete && pieces.findings.isComplete)
    #expect(kinds.isSuperset(of: [.chunkChecksum, .chunkMalformed]))
  }

  private static func check(_ bytes: [UInt8], window: Int) -> (findings: SegmentFindings, faults: FaultList) {
    var check = SegmentCheck(file: "chunks/000001", number: 0, decodes: true)
    var faults = FaultList()
    var place = 0
    while place < bytes.count {
      let end = place + min(window, bytes.count - place)
      check.scan(bytes.rawBytes.extracting(place..<end), &faults)
      place = end
    }
    check.finish(&faults)
    return (check.findings, faults)
  }
}
