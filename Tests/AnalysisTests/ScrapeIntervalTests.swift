import Fixtures
import Platform
import TSDB
import Testing

@testable import Analysis

@Suite("Intervals between samples")
struct ScrapeIntervalTests {
  private static let start: Int64 = 1_700_006_400_000

  @Test("the interval is found among jitter and gaps")
  func jitterAndGaps() throws {
    var random = SeededRandom(seed: 7)
    var (counts, votes) = (IntervalCounts(), IntervalVotes())
    for number in 0..<1000 {
      let distance = number.isMultiple(of: 10) ? 30_000 * UInt64.random(in: 2...9, using: &random) : 15_000
      let rounded = IntervalCounts.rounded(distance &+ UInt64.random(in: 0...80, using: &random) &- 40)
      counts.add(rounded)
      votes.add(rounded)
    }
    let interval = try #require(counts.mostCommon)
    #expect(interval == ScrapeInterval(milliseconds: 15_000, share: 0.9))
    let vote = try #require(votes.mostCommon)
    #expect(vote.milliseconds == 15_000 && vote.share > 0.7 && vote.share <= 0.9)
    #expect(IntervalCounts().mostCommon == nil && IntervalVotes().mostCommon == nil)
  }

  @Test(
    "distances are told apart as finely as scrape intervals are chosen",
    arguments: [
      (7, 7), (104, 100), (250, 250), (1_480, 1_500), (4_960, 5_000), (9_996, 10_000), (14_520, 15_000), (60_100, 60_000),
    ])
  func rounding(_ distance: UInt64, _ expected: UInt32) { #expect(IntervalCounts.rounded(distance) == expected) }

  @Test("a group's share is never too large, and at most a fifth too small", arguments: 1...10)
  func votes(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let intervals = (1...12).map { UInt32($0) * 5000 }
    var (counts, votes) = (IntervalCounts(), IntervalVotes())
    let favourite = intervals.randomElement(using: &random) ?? 5000
    for _ in 0..<5000 {
      let isFavourite = UInt64.random(in: 0..<10, using: &random) < 4
      let interval = isFavourite ? favourite : intervals.randomElement(using: &random) ?? 5000
      let times = UInt32.random(in: 1...3, using: &random)
      counts.add(interval, times: UInt64(times))
      votes.add(interval, times: times)
    }
    let (exact, told) = (try #require(counts.mostCommon), try #require(votes.mostCommon))
    #expect(exact.milliseconds == favourite && told.milliseconds == favourite, "seed \(seed)")
    #expect(told.share <= exact.share && told.share >= exact.share - 0.2, "seed \(seed)")
  }

  // MARK: Of blocks

  /// Chunks of 120 samples; a sample with no time is one that was not scraped.
  private static func chunks(_ count: Int, _ time: (_ scrape: Int) -> Int64?) -> [XORChunk] {
    (0..<count).map { number in
      var chunk = XORChunk()
      for scrape in (number * 120)..<(number * 120 + 120) {
        if let time = time(scrape) { chunk.append(start + time, Double(scrape % 7)) }
      }
      return chunk
    }
  }

  private static func series(_ job: String, _ number: Int, _ chunks: [XORChunk]) -> SeriesBlock.Series {
    SeriesBlock.Series([("__name__", "up"), ("instance", "\(100 + number)"), ("job", job)], chunks)
  }

  @Test("several intervals in one metric are told apart by job, whatever jitter and gaps they have")
  func jobs() async throws {
    var random = SeededRandom(seed: 21)
    let block = try SeriesBlock(
      (0..<10).map { number in
        // A tenth of a second early or late.
        Self.series("fast", number, Self.chunks(4) { Int64($0) * 15_000 + Int64.random(in: -100...100, using: &random) })
      }
        + (10..<16).map { number in
          // Down for a third of the time.
          Self.series("gaps", number, Self.chunks(4) { $0 % 30 < 10 ? nil : Int64($0) * 30_000 })
        }
        + (16..<20).map { number in Self.series("slow", number, Self.chunks(4) { Int64($0) * 60_000 }) }
        + [Self.series("single", 20, Self.chunks(1) { $0 == 0 ? 0 : nil })])
    let metric = try await ChunkAnalysisTests.analysis(block.path)
    let one = try #require(metric.groups.first?.interval)
    #expect(one.milliseconds == 15_000 && one == metric.interval && one.share > 0.4 && one.share < 0.6)
    let jobs = try await ChunkAnalysisTests.analysis(block.path, ChunkQuestion(by: ["job"]))
    let told = Dictionary(uniqueKeysWithValues: jobs.groups.map { ($0.values[0] ?? "", $0.interval) })
    #expect(told["fast"]??.milliseconds == 15_000 && told["fast"]??.share == 1)
    #expect(told["slow"] == ScrapeInterval(milliseconds: 60_000, share: 1))
    let gaps = try #require(told["gaps"] ?? nil)
    // 19 of 20 distances, but for the gaps between two chunks.
    #expect(gaps.milliseconds == 30_000 && gaps.share > 0.94 && gaps.share < 0.97)
    #expect(told["single"] == .some(nil))
  }

  @Test("a marker of staleness ends a series and counts as a sample, at the distance that it has")
  func staleness() async throws {
    var chunk = XORChunk()
    for sample in 0..<5 { chunk.append(Self.start + Int64(sample) * 10_000, 1) }
    chunk.append(Self.start + 41_000, Double(bitPattern: 0x7ff0_0000_0000_0002))
    let block = try SeriesBlock([Self.series("a", 0, [chunk])])
    let analysis = try await ChunkAnalysisTests.analysis(block.path)
    #expect(analysis.samples == 6 && analysis.interval == ScrapeInterval(milliseconds: 10_000, share: 0.8))
  }

  @Test("of a group with very many chunks some are looked at, and stand for the others")
  func probes() async throws {
    // Up to the 400th chunk another interval than behind it.
    let large = Self.chunks(2000) { $0 < 400 * 120 ? Int64($0) * 5_000 : 10_000_000 + Int64($0) * 20_000 }
    let block = try SeriesBlock([
      Self.series("large", 0, large), Self.series("small", 1, Self.chunks(3) { Int64($0) * 5_000 }),
    ])
    let jobs = try await ChunkAnalysisTests.analysis(block.path, ChunkQuestion(by: ["job"]))
    let told = Dictionary(uniqueKeysWithValues: jobs.groups.map { ($0.values[0] ?? "", $0.interval) })
    let interval = try #require(told["large"] ?? nil)
    #expect(interval.milliseconds == 20_000 && abs(interval.share - 0.8) < 0.02)
    #expect(told["small"] == ScrapeInterval(milliseconds: 5_000, share: 1))
  }
}
