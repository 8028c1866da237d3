import Testing
import Thanos

@testable import Planning

@Suite("Compactor")
struct CompactionTests {
  /// Blocks of 2 h from the beginning of a window of 14 d.
  static func twoHours(_ maker: inout BlockMaker, _ numbers: Range<Int>) throws -> [StoredBlock] {
    try numbers.map { try maker.block(from: Double($0) / 12, days: 1.0 / 12) }
  }

  private static func due(_ blocks: [StoredBlock]) throws -> [DueCompaction] {
    try BlockMaker.plan(blocks, PlanPolicy(downsamples: false)).compactor.due
  }

  @Test("four blocks of 2 h are due once a fifth is there")
  func eightHours() throws {
    var maker = BlockMaker()
    #expect(try Self.due(try Self.twoHours(&maker, 0..<4)).isEmpty)
    let due = try Self.due(try Self.twoHours(&maker, 0..<5))
    #expect(due.count == 1 && due[0].blocks == 4 && due[0].input == 4000 && due[0].scratch == 8000)
    #expect(due[0].maxTime - due[0].minTime == 8 * 3_600_000)
  }

  @Test("a backlog of 14 days and a block becomes 42 jobs of 8 h, 7 of 2 d and one of 14 d")
  func backlog() throws {
    var maker = BlockMaker()
    let due = try Self.due(try Self.twoHours(&maker, 0..<169))
    let byRange = Dictionary(grouping: due) { ($0.maxTime - $0.minTime) / 3_600_000 }.mapValues(\.count)
    #expect(byRange == [8: 42, 48: 7, 336: 1])
    #expect(due[0].input == 168_000 && due[0].blocks == 7)
  }

  @Test("blocks that overlap are due for a vertical compaction")
  func overlap() throws {
    var maker = BlockMaker()
    let blocks = [
      try maker.block(from: 0, days: 2), try maker.block(from: 1, days: 1), try maker.block(from: 2, days: 2),
    ]
    let due = try Self.due(blocks)
    #expect(due.map(\.kind) == [.vertical] && due[0].blocks == 2)
  }

  @Test("blocks of other labels are no company")
  func labels() throws {
    var maker = BlockMaker()
    let blocks = try (0..<5).map {
      try maker.block(from: Double($0) / 12, days: 1.0 / 12, labels: #""replica":"\#($0)""#)
    }
    #expect(try Self.due(blocks).isEmpty)
  }

  @Test("a block that is left out parts its window")
  func excluded() throws {
    var maker = BlockMaker()
    var blocks = try Self.twoHours(&maker, 0..<5)
    blocks[1] = try maker.block(from: 1.0 / 12, days: 1.0 / 12, markers: [.noCompact: "manual: too big"])
    let plan = try BlockMaker.plan(blocks)
    #expect(plan.compactor.due.map(\.blocks) == [2])
    #expect(plan.compactor.limited.count == 1)
    #expect(plan.compactor.limited[0].never == "compact and downsample")
    #expect(plan.compactor.limited[0].reason.hasPrefix("no-compact-mark.json lies beside it: manual: too big"))
  }

  @Test("a window with a block whose compaction failed is left alone")
  func failed() throws {
    var maker = BlockMaker()
    var blocks = try Self.twoHours(&maker, 0..<5)
    blocks[2] = try maker.block(from: 2.0 / 12, days: 1.0 / 12, failed: true)
    #expect(try Self.due(blocks).isEmpty)
  }

  @Test("blocks across the windows, marked ones and those with too large an index stay as they are")
  func limits() throws {
    var maker = BlockMaker()
    let blocks = [
      try maker.block(from: 13, days: 1.5), try maker.block(from: 28, days: 2, markers: [.noDownsample: ""]),
      try maker.block(from: 42, days: 14, index: 60 << 30), try maker.block(from: 56, days: 14),
    ]
    let limited = try BlockMaker.plan(blocks).compactor.limited
    #expect(limited.map(\.never) == ["compact and downsample", "downsample", "compact"])
    #expect(limited[0].reason.contains("windows of 14 days"))
  }

  @Test("indexes that come near 64 GiB together take the largest block out")
  func indexLimit() throws {
    var maker = BlockMaker()
    let gibibyte: UInt64 = 1 << 30
    let blocks = try [20, 30, 10, 1, 1].enumerated().map { number, size in
      try maker.block(from: Double(number) / 12, days: 1.0 / 12, index: size * gibibyte)
    }
    let compactor = try BlockMaker.plan(blocks, PlanPolicy(downsamples: false)).compactor
    #expect(compactor.limited.map(\.block.ulid) == [blocks[1].description.ulid])
    // The third and the fourth are left behind it, which makes them one.
    #expect(compactor.due.map(\.blocks) == [2])
  }

  @Test("raw blocks of 40 h without partners are due to be downsampled, with what that writes")
  func downsampling() throws {
    var maker = BlockMaker()
    let raw = try maker.block(from: 0, days: 14)
    let five = try maker.block(from: 0, days: 14, index: 100, chunks: 200, resolution: 300_000, sources: ["\(raw.description.ulid)"])
    let next = try maker.block(from: 14, days: 2)
    let due = try BlockMaker.plan([raw, five, next]).compactor.due
    #expect(due.map(\.kind) == [.downsampling, .downsampling])
    let first = try #require(due.first { $0.resolution == .raw })
    #expect(first.input == 1000 && isClose(first.output, 300))
  }

  @Test("the largest compaction to come is 14 days of the largest label set")
  func coming() throws {
    var maker = BlockMaker()
    let blocks = try TodayTests.year(&maker) + TodayTests.year(&maker, labels: #""cluster":"b""#) { _ in 1 }
    let compactor = try BlockMaker.plan(blocks, PlanPolicy(downsamples: false)).compactor
    #expect(isClose(try #require(compactor.coming).scratch, 28_000) && isClose(compactor.scratch, 28_000))
  }
}
