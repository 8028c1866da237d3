import Console
import Inspection
import TSDB
import Testing
import Thanos

@testable import Planning

@Suite("Today")
struct TodayTests {
  /// A year of blocks of 14 days, with what makes them differ.
  static func year(
    _ maker: inout BlockMaker, labels: String = #""cluster":"a""#, without gap: Range<Int> = 0..<0,
    chunks: (Int) -> UInt64 = { _ in 12_600 }
  ) throws -> [StoredBlock] {
    try (0..<26).filter { !gap.contains($0) }.map { number in
      try maker.block(
        from: Double(number * 14), days: 14, index: 1400, chunks: chunks(number), samples: 14_000, series: 20, labels: labels)
    }
  }

  @Test("a constant year shows its bytes and samples a day and no growth")
  func constant() throws {
    var maker = BlockMaker()
    let usage = try #require(try BlockMaker.plan(try Self.year(&maker)).usages.first)
    #expect(usage.blocks == 26 && isClose(usage.coveredDays, 364))
    #expect(isClose(usage.bytes.level, 1000) && isClose(usage.samples.level, 1000))
    #expect(usage.bytes.slope == Trend.Slope(value: 0, low: 0, high: 0))
    #expect(isClose(usage.indexShare, 0.1) && usage.activeSeries == 20)
    #expect(usage.basis == "26 blocks of about 2w")
    // 14 d × 20 series / 14,000 samples.
    #expect(isClose(try #require(usage.interval), 1728))
  }

  @Test("a year that grows by a byte a day each day shows that, and its level at its end")
  func growing() throws {
    var maker = BlockMaker()
    // The block around day d (its middle) has 14 × (1000 + d) bytes.
    let blocks = try Self.year(&maker) { UInt64(14 * (1000 + $0 * 14 + 7)) - 1400 }
    let usage = try #require(try BlockMaker.plan(blocks).usages.first)
    #expect(isClose(try #require(usage.bytes.slope).value, 1))
    #expect(isClose(usage.bytes.level, 1364))
  }

  @Test("a day's curve over less than two weeks is no growth, and neither are two points", arguments: [
    (1.0, 2.0, false), (5, 2, false), (13, 2, false), (14, 2, true), (28, 336, false), (42, 336, true),
  ])
  func shortHistory(days: Double, hours: Double, showsGrowth: Bool) throws {
    var maker = BlockMaker()
    let blocks = try stride(from: 0, to: days * 24, by: hours).map { hour in
      let chunks = hours < 24 ? 900 + UInt64(100 * (1 + abs(12 - hour.truncatingRemainder(dividingBy: 24)))) : 9000
      return try maker.block(from: hour / 24, days: hours / 24, chunks: chunks)
    }
    let plan = try BlockMaker.plan(blocks)
    let usage = try #require(plan.usages.first)
    #expect((usage.bytes.slope != nil) == showsGrowth)
    #expect(usage.basis.contains("too short a time for growth") != showsGrowth)
    // Each day is as much as the others, whenever its blocks begin and end.
    let total = blocks.reduce(0) { $0 + Double($1.sizes.total) }
    if !showsGrowth { #expect(isClose(usage.bytes.level, total / days)) }
    // Without growth a year is what a day is, 365 times.
    if !showsGrowth { #expect(isClose(plan.projection.months[12].arrival, usage.bytes.level)) }
  }

  @Test("a third of outliers does not move the slope")
  func outliers() throws {
    var maker = BlockMaker()
    let blocks = try Self.year(&maker) { $0.isMultiple(of: 4) ? 900_000 : 12_600 }
    let usage = try #require(try BlockMaker.plan(blocks).usages.first)
    let slope = try #require(usage.bytes.slope)
    #expect(slope.value == 0 && isClose(usage.bytes.level, 1000))
    #expect(slope.low <= 0 && slope.high >= 0)
  }

  @Test("a gap is not a time of zero bytes")
  func gap() throws {
    var maker = BlockMaker()
    let usage = try #require(try BlockMaker.plan(try Self.year(&maker, without: 5..<15)).usages.first)
    #expect(isClose(usage.bytes.level, 1000) && usage.bytes.slope?.value == 0)
    #expect(isClose(usage.coveredDays, 16 * 14))
  }

  @Test("what was compacted, what is marked, and downsampled partners are not counted again")
  func once() throws {
    var maker = BlockMaker()
    var blocks = try Self.year(&maker)
    let parts = try (0..<7).map { try maker.block(from: 350 + Double($0 * 2), days: 2, index: 200, chunks: 1800, samples: 2000) }
    let whole = try maker.block(
      from: 350, days: 14, index: 1400, chunks: 12_600, samples: 14_000, series: 20, level: 3,
      sources: parts.map { "\($0.description.ulid)" })
    blocks.removeLast()
    blocks += parts + [whole]
    blocks.append(
      try maker.block(from: 350, days: 14, chunks: 900_000, samples: 14_000, markers: [.deletion: ""]))
    blocks.append(try maker.block(from: 350, days: 14, chunks: 3000, resolution: 300_000, sources: ["\(whole.description.ulid)"]))
    let plan = try BlockMaker.plan(blocks)
    let usage = try #require(plan.usages.first)
    #expect(plan.usages.count == 1 && usage.blocks == 26)
    #expect(isClose(usage.bytes.level, 1000) && usage.bytes.slope?.value == 0)
  }

  @Test("the same data twice under the same labels is no more a day, replicas are")
  func twice() throws {
    var maker = BlockMaker()
    let same = try Self.year(&maker) + Self.year(&maker)
    #expect(isClose(try #require(try BlockMaker.plan(same).usages.first).bytes.level, 1000))
    let replicas = try Self.year(&maker, labels: #""replica":"a""#) + Self.year(&maker, labels: #""replica":"b""#)
    let plan = try BlockMaker.plan(replicas)
    #expect(plan.usages.count == 2)
    #expect(isClose(plan.projection.months[0].arrival, 2000))
  }

  @Test("new short blocks, with an index each, do not look like growth")
  func shortBlocks() throws {
    var maker = BlockMaker()
    let short = try (0..<84).map {
      try maker.block(from: 364 + Double($0) / 12, days: 1.0 / 12, index: 1400, chunks: 75, samples: 83, series: 15)
    }
    let usage = try #require(try BlockMaker.plan(try Self.year(&maker) + short).usages.first)
    #expect(isClose(usage.bytes.level, 1000) && usage.bytes.slope?.value == 0)
    #expect(usage.activeSeries == 15)
    // 20 series in 14 d, 15 in 2 h.
    #expect(isClose(try #require(usage.churn).seriesPerDay, 5 / (14 - 1.0 / 12)))
    #expect(usage.churn?.basis == "2w with 20 series against 2h with 15")
  }

  @Test("from one block no growth can be fitted, and the document says so")
  func oneBlock() throws {
    var maker = BlockMaker()
    let plan = try BlockMaker.plan([try maker.block(from: 0, days: 2)])
    let usage = try #require(plan.usages.first)
    #expect(usage.bytes.slope == nil && isClose(usage.bytes.level, 500) && usage.churn == nil)
    let text = try plan.document(limit: nil).text(.table)
    #expect(text.contains("Growth shows in three blocks or more"))
  }

  @Test("a label set of which nothing has come for two days has ended and brings no more")
  func ended() throws {
    var maker = BlockMaker()
    var blocks = try Self.year(&maker)
    blocks.append(try maker.block(from: 0, days: 14, labels: #""cluster":"old""#))
    let plan = try BlockMaker.plan(blocks)
    #expect(plan.usages.map(\.hasEnded) == [false, true])
    #expect(isClose(plan.projection.months[0].arrival, 1000))
  }

  struct Nonsense: Sendable {
    let minTime: Int64
    let maxTime: Int64
    let samples: Int64
  }

  @Test(
    "blocks with impossible times and counts are left out with a reason",
    arguments: [
      Nonsense(minTime: .min, maxTime: 0, samples: 1), Nonsense(minTime: 0, maxTime: .max, samples: 1),
      Nonsense(minTime: .min, maxTime: .max, samples: 1), Nonsense(minTime: 5, maxTime: 5, samples: 1),
      Nonsense(minTime: 0, maxTime: 5, samples: -1),
    ])
  func nonsense(_ nonsense: Nonsense) throws {
    let ulid = BlockMaker.ulid(1)
    let text = """
      {"version":1,"ulid":"\(ulid)","minTime":\(nonsense.minTime),"maxTime":\(nonsense.maxTime),
       "stats":{"numSamples":\(nonsense.samples)}}
      """
    let meta = try BlockMeta(parsing: Array(text.utf8), file: "meta.json")
    var sizes = BlockSizes()
    sizes.add("index", bytes: .max)
    let description = try BlockDescription(meta, file: "meta.json")
    let row = BlockRow(ulid: meta.ulid, description: description, sizes: sizes, state: "ok")
    let error = #expect(throws: PlanInput.NoBlocks.self) { try PlanInput([row], clock: 1_700_000_000_000) }
    #expect(error?.description.contains(ulid) == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test("without blocks there is one line")
  func none() {
    let error = #expect(throws: PlanInput.NoBlocks.self) { try PlanInput([], clock: 0) }
    #expect(error?.description == "there is no block to plan with, of 0 in the source")
  }

  @Test("sizes and counts that fit nowhere are shown, not trapped on")
  func hugeSizes() throws {
    var maker = BlockMaker()
    let blocks = try (0..<4).map {
      try maker.block(from: Double($0 * 2), days: 2, index: .max, chunks: .max, samples: .max, series: .max)
    }
    let plan = try BlockMaker.plan(blocks, PlanPolicy(growth: 900, months: 1200), prices: Prices(storagePerGiBMonth: 1e9))
    let text = try plan.document(limit: nil).text(.json)
    #expect(text.contains("blockhaul.inspect.plan/1"))
  }
}
