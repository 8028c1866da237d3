import Inspection
import Testing
import Thanos

@testable import Planning

@Suite("Projection")
struct ProjectionTests {
  static let month = 365.0 / 12
  static let day: Int64 = 86_400_000

  @Test("constant data kept for 60 days fills up to these and half a block of 14 days, which goes as a whole")
  func retention() throws {
    var maker = BlockMaker()
    let policy = PlanPolicy(retention: .init(raw: 60 * Self.day), downsamples: false)
    let months = try BlockMaker.plan(try TodayTests.year(&maker), policy).projection.months
    #expect(months.count == 13 && isClose(months[0].raw.bytes, 364_000))
    // The blocks of the last 60 d that end within it: of 30.4 d after now those that ended less than 29.6 d before.
    #expect(isClose(months[1].raw.bytes, Self.month * 1000 + 3 * 14_000))
    #expect(isClose(months[2].raw.bytes, 2 * Self.month * 1000) && isClose(months[12].raw.bytes, 67_000))
    #expect(months[12].fiveMinutes.bytes == 0)
  }

  @Test("what is kept for ever only grows, by what arrives")
  func forEver() throws {
    var maker = BlockMaker()
    let months = try BlockMaker.plan(try TodayTests.year(&maker), PlanPolicy(downsamples: false)).projection.months
    #expect(isClose(months[12].raw.bytes, 364_000 + 365_000))
    // 365 d in blocks of 14 d are 27, of an index, a meta.json and a segment each.
    #expect(isClose(months[12].raw.objects, 26 * 3 + 27 * 3))
  }

  @Test("a growth that is given compounds from month to month")
  func growth() throws {
    var maker = BlockMaker()
    let policy = PlanPolicy(growth: 0.05, downsamples: false)
    let months = try BlockMaker.plan(try TodayTests.year(&maker), policy).projection.months
    #expect(isClose(months[12].arrival, 1000 * 1.795856326, 1e-6))
    // 1000 × month × (1.05^12 − 1) / ln 1.05
    #expect(isClose(months[12].raw.bytes - 364_000, 1000 * Self.month * 0.795856326 / 0.04879016417, 1e-6))
    #expect(months[12].bounds == nil)
  }

  @Test("a growth that was measured goes on in a straight line, within bounds")
  func line() throws {
    var maker = BlockMaker()
    let blocks = try TodayTests.year(&maker) { UInt64(14 * (1000 + $0 * 14 + 7)) - 1400 }
    let months = try BlockMaker.plan(blocks, PlanPolicy(downsamples: false)).projection.months
    let before = months[0].bytes
    #expect(isClose(months[12].bytes - before, 1364 * 365 + 365.0 * 365 / 2))
    let bounds = try #require(months[12].bounds)
    #expect(isClose(bounds.lowerBound, months[12].bytes) && isClose(bounds.upperBound, months[12].bytes))
  }

  @Test("a falling line ends at nothing")
  func falling() {
    let rate = ArrivalRate(level: 100, slope: -1)
    #expect(rate.rate(200) == 0 && rate.bytes(from: 0, to: 1000) == 5000 && rate.bytes(from: 150, to: 1000) == 0)
  }

  @Test("shares of downsampled bytes are measured where raw blocks have partners")
  func measured() throws {
    var maker = BlockMaker()
    let raw = try TodayTests.year(&maker)
    let five = try raw.enumerated().map { number, block in
      try maker.block(
        from: Double(number * 14), days: 14, index: 1000, chunks: 3900, resolution: 300_000,
        sources: ["\(block.description.ulid)"])
    }
    // Of 1h there are some whose raw blocks are gone as well as some with theirs; those count.
    let hour = try [0, 1].map { number in
      try maker.block(
        from: Double(number * 14), days: 14, index: 100, chunks: 600, resolution: 3_600_000,
        sources: ["\(raw[number].description.ulid)"])
    }
    let policy = PlanPolicy(retention: .init(raw: 14 * Self.day, fiveMinutes: 28 * Self.day))
    let plan = try BlockMaker.plan(raw + five + hour, policy)
    let stream = try #require(plan.streams.first)
    #expect(isClose(stream.fiveMinutes.ratio, 0.35) && !stream.fiveMinutes.isEstimate)
    #expect(isClose(stream.oneHour.ratio, 0.05) && stream.oneHour.basis == "measured on 2 pairs of blocks")
    let last = plan.projection.months[12]
    #expect(isClose(last.raw.bytes, 21_000) && isClose(last.fiveMinutes.bytes, 35_000 * 0.35))
    // Two are there, 24 are still to be made, and a year comes.
    #expect(isClose(last.oneHour.bytes, (26 * 14_000 + 365_000) * 0.05))
  }

  @Test("1h blocks whose raw ones are gone are measured by way of 5m")
  func throughFiveMinutes() throws {
    var maker = BlockMaker()
    let raw = try maker.block(from: 14, days: 14, sources: [BlockMaker.ulid(100)])
    let five = try maker.block(from: 14, days: 14, index: 100, chunks: 400, resolution: 300_000, sources: [BlockMaker.ulid(100)])
    let old = try maker.block(from: 0, days: 14, index: 100, chunks: 300, resolution: 300_000, sources: [BlockMaker.ulid(101)])
    let hour = try maker.block(from: 0, days: 14, index: 50, chunks: 50, resolution: 3_600_000, sources: [BlockMaker.ulid(101)])
    let stream = try #require(try BlockMaker.plan([raw, five, old, hour]).streams.first)
    #expect(isClose(stream.oneHour.ratio, 0.5 * 0.25) && !stream.oneHour.isEstimate)
  }

  @Test("without any partner the share is an estimate with its reason")
  func estimate() throws {
    var maker = BlockMaker()
    // A sample a minute: 20 series × 14 d = 403,200 samples, 4,032 chunks, 2 bytes a sample of which 1.8 are chunks.
    let block = try maker.block(
      from: 0, days: 14, index: 80_640, chunks: 725_760, samples: 403_200, series: 20)
    let stream = try #require(try BlockMaker.plan([block]).streams.first)
    #expect(stream.fiveMinutes.isEstimate && stream.fiveMinutes.basis.contains("a raw sample every 60.0 s"))
    // Chunks: 0.9 × 5 × 60/300; index: 0.1 − 8 × (1/100 − 0.2/140) / 2.
    #expect(isClose(stream.fiveMinutes.ratio, 0.9 + 0.1 - 4 * (0.01 - 0.2 / 140)))
    #expect(isClose(stream.oneHour.ratio, 0.9 * 5 / 60 + 0.1 - 4 * (0.01 - 1.0 / 60 / 140)))
  }

  @Test(
    "growth as it is written",
    arguments: [
      ("5%/month", 0.05), ("-2.5%/month", -0.025), ("0%/month", 0), ("60%/year", 0.0399441), ("5%", nil),
      ("5/month", nil), ("-100%/month", nil), ("%/month", nil), ("1e300%/month", nil), ("nan%/month", nil), ("", nil),
    ] as [(String, Double?)])
  func growthText(_ text: String, _ expected: Double?) throws {
    let growth = PlanPolicy.growth(parsing: text)
    guard let expected else { return #expect(growth == nil) }
    #expect(isClose(try #require(growth), expected, 1e-6))
  }

  @Test(
    "a horizon is whole months",
    arguments: [("1y", 12), ("1d", 1), ("31d", 2), ("100y", 1200), ("101y", nil), ("0", nil), ("-1y", nil), ("x", nil)]
      as [(String, Int?)])
  func horizon(_ text: String, _ months: Int?) { #expect(PlanPolicy.months(parsing: text) == months) }

  @Test("the time to upload is that of all bytes")
  func upload() throws {
    var maker = BlockMaker()
    let block = try maker.block(from: 0, days: 2, index: 1000, chunks: 9000)
    #expect(try BlockMaker.plan([block], PlanPolicy(bandwidth: 500)).uploadTime == 20_000)
    #expect(try BlockMaker.plan([block]).uploadTime == nil)
  }
}
