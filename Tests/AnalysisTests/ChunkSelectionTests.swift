import BlockBytes
import Console
import Fixtures
import Platform
import Synchronization
import TSDB
import Testing
import Thanos

@testable import Analysis

/// `--match`, `--min-time` and `--max-time`: what is counted, and what is read for it.
@Suite("Chunks that a question is about")
struct ChunkSelectionTests {
  private static let start: Int64 = 1_700_006_400_000

  /// Of 40 jobs in turn, 25 series each with 4 chunks of some 2 kB, in segments of 2 MiB.
  private static let block = Task {
    var random = SeededRandom(seed: 1)
    return try SeriesBlock(
      (0..<1000).map { number in
        let chunks = (0..<4).map { place in
          var chunk = XORChunk()
          for sample in 0..<(2 * 120) {
            chunk.append(Self.start + Int64(place * 240 + sample) * 15_000, Double.random(in: 0..<1, using: &random))
          }
          return chunk
        }
        let digits = String(1000 + number / 25)
        return SeriesBlock.Series([("__name__", "m"), ("job", "job-\(digits)"), ("n", "\(number % 25)")], chunks)
      }, segmentSize: 2 << 20)
  }

  private static func question(_ selector: String, times: ClosedRange<Int64>? = nil) throws -> ChunkQuestion {
    ChunkQuestion(by: ["job"], matching: try LabelSelector(parsingSeries: selector), in: times)
  }

  @Test("of a bucket only windows with chunks that match are read, and these count as in the whole")
  func windows() async throws {
    let path = try await Self.block.value.path
    let whole = try await ChunkAnalysisTests.analysis(path, ChunkQuestion(by: ["job"]))
    for (selector, jobs) in [("{job=\"job-1007\"}", 1), ("{job=~\"job-10[03]9\"}", 2), ("{job!=\"\"}", 40), ("{job=\"x\"}", 0)] {
      let (block, data) = try MeasuredData.block(path)
      let some = try await ChunkAnalysis(of: block, try Self.question(selector))
      #expect(some.groups.count == jobs && some.damage.isEmpty, "\(selector)")
      let known = Dictionary(uniqueKeysWithValues: whole.groups.map { ($0.values, "\($0)") })
      #expect(some.groups.allSatisfy { known[$0.values] == "\($0)" }, "\(selector)")
      // The series of a job stand together, those of two lie further apart than what is read along.
      let asked = data.ofSegments.reduce(0) { $0 + UInt64($1.count) }
      #expect(asked == some.bytes, "\(selector): \(data.ofSegments.count) requests")
      #expect(data.ofSegments.count <= jobs + block.segments.count, "\(selector)")
      #expect(data.ofIndex < 2 * block.index.size)
    }
  }

  @Test("chunks that are spread over all of the segments cost no more than a stream of these")
  func spread() async throws {
    let (block, data) = try MeasuredData.block(try await Self.block.value.path)
    let some = try await ChunkAnalysis(of: block, ChunkQuestion(matching: try LabelSelector(parsingSeries: "{n=\"3\"}")))
    #expect(some.series == 40 && some.chunks == 160)
    let asked = data.ofSegments.reduce(0) { $0 + UInt64($1.count) }
    #expect(asked > some.bytes && asked < some.segmentBytes)
    #expect(data.ofSegments.count < 10)
  }

  @Test("on disk little more than the chunks that match is read")
  func local() async throws {
    let path = try await Self.block.value.path
    let read = Counter()
    let folder = BlockFolder(ulid: try #require(ULID(SeriesBlock.ulid)), path: path)
    let block = try InspectedBlock(folder) { read.add($0) }
    let before = read.sum
    let some = try await ChunkAnalysis(of: block, try Self.question("{job=\"job-1011\"}"))
    #expect(read.sum - before < Int(block.index.size + some.bytes) + 100_000)
    #expect(some.series == 25 && some.chunks == 100)
  }

  @Test("folder and bucket tell the same of a selector, in each fixture", arguments: Fixtures.blocks)
  func places(_ path: String) async throws {
    let question = try Self.question("{__name__!~\".*total\"}")
    let here = try await ChunkAnalysisTests.analysis(path, question)
    let there = try await ChunkAnalysis(of: try MeasuredData.block(path).block, question)
    #expect(ChunkAnalysisTests.summary(here) == ChunkAnalysisTests.summary(there) && here.chunks > 0)
    // What streams all of the segments tells the same.
    let all = try await ChunkAnalysisTests.analysis(path, ChunkQuestion(by: ["job"]))
    let everything = try await ChunkAnalysisTests.analysis(path, try Self.question("{nothing=\"\"}"))
    #expect(ChunkAnalysisTests.summary(everything) == ChunkAnalysisTests.summary(all))
    #expect(everything.aggregates.map { "\($0)" } == all.aggregates.map { "\($0)" })
  }

  @Test("damage counts where it was asked for, and only there")
  func damage() async throws {
    let data = try DataFolder([ChunkAnalysisTests.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    let jobs = try await ChunkAnalysisTests.analysis(path, ChunkQuestion(by: ["__name__"])).groups.compactMap { $0.values[0] }
    try data.flip("01M81B088QDAD3JHFN4993ETCA/chunks/000001", at: 50_000)
    var damaged = 0
    for name in jobs {
      let some = try await ChunkAnalysisTests.analysis(path, try Self.question("\(name){}"))
      #expect(some.damage.missing == 0 && some.damage.chunks == UInt64(some.damage.places.count))
      damaged += some.damage.places.count
    }
    #expect(damaged == 1)
    // Cut off, the rest is missing.
    let file = "01M81B088QDAD3JHFN4993ETCA/chunks/000001"
    try data.write(Array(try data.read(file).dropLast(9000)), to: file)
    let cut = try await ChunkAnalysisTests.analysis(path, ChunkQuestion(by: ["job"]))
    let some = try await ChunkAnalysisTests.analysis(path, try Self.question("{nothing=\"\"}"))
    #expect(some.damage.missing == cut.damage.missing && some.damage.missing > 0 && some.chunks == cut.chunks)
  }

  @Test("what was not looked at is not told", arguments: [nil, "{job=\"api\"}", "{nothing=\"\"}"])
  func unknown(_ selector: String?) async throws {
    let block = try ChunkAnalysisTests.block(ChunkAnalysisTests.raw)
    let question = ChunkQuestion(matching: try selector.map { try LabelSelector(parsingSeries: $0) })
    let section = try await ChunkAnalysis(of: block, question).document(of: block.description, limit: 1).sections[0]
    let table = try section.table.selecting(["unowned_chunks", "unowned_bytes", "damaged_segments"])
    #expect(table.rows[0] == (selector == nil ? [.count(0), .bytes(0), .count(0)] : [.empty, .empty, .empty]))
    #expect(section.notes.isEmpty == (selector == nil))
    let told = try section.table.selecting(["damaged_chunks", "missing_chunks"])
    #expect(told.rows[0] == [.count(0), .count(0)])
  }

  @Test("a long chunk is read by itself, and one that claims to go on behind the next one is damaged")
  func long() async throws {
    let data = try DataFolder([ChunkAnalysisTests.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    try SegmentFrames("\(path)/chunks/000001").rewrite(data) { frames in
      frames[frames.count - 1].data += [UInt8](repeating: 0, count: 2 << 20)
    }
    let all = try await ChunkAnalysisTests.analysis(path, ChunkQuestion(by: ["job"]))
    let some = try await ChunkAnalysisTests.analysis(path, try Self.question("{nothing=\"\"}"))
    #expect(some.bytes == all.bytes && some.bytes > 2 << 20 && some.damage.isEmpty)
    // Its length, now one that reaches over the end of the segment.
    var bytes = try data.read("01M81B088QDAD3JHFN4993ETCA/chunks/000001")
    var last: UInt64 = 0
    try Index(FileBytes(mapping: "\(path)/index")).forEachSeries { entry in
      last = entry.chunks.map(\.reference).reduce(last, max)
    }
    bytes[Int(last) + 3] |= 0x08
    try data.write(bytes, to: "01M81B088QDAD3JHFN4993ETCA/chunks/000001")
    let broken = try await ChunkAnalysisTests.analysis(path, try Self.question("{nothing=\"\"}"))
    #expect(broken.damage.missing == 1 && broken.chunks == all.chunks - 1)
  }

  // MARK: Times

  @Test("a range of times leaves the chunks that have samples in it, and the series with such chunks")
  func times() async throws {
    let path = try await Self.block.value.path
    // Chunks have 240 samples, an hour each.
    let hour: Int64 = 240 * 15_000
    for (range, chunks) in [
      (Self.start...(Self.start + hour - 15_000), 1), ((Self.start + hour)...(Self.start + 2 * hour), 2),
      (Int64.min...Int64.max, 4), ((Self.start + 4 * hour)...Int64.max, 0),
      ((Self.start + hour - 14_000)...(Self.start + hour - 1), 0),
    ] {
      for readsIndexOnly in [false, true] {
        var question = ChunkQuestion(by: ["job"], in: range)
        question.readsIndexOnly = readsIndexOnly
        let some = try await ChunkAnalysisTests.analysis(path, question)
        #expect(some.chunks == UInt64(1000 * chunks) && some.series == (chunks == 0 ? 0 : 1000), "\(range)")
        #expect(some.samples == (readsIndexOnly ? 0 : some.chunks * 240) && some.damage.isEmpty)
      }
    }
  }
}

/// A sum over threads.
private final class Counter: Sendable {
  private let value = Mutex(0)
  var sum: Int { value.withLock { $0 } }
  func add(_ more: Int) { value.withLock { $0 += more } }
}
