import Testing
import Thanos

@testable import Planning

@Suite("What the compactor will never do")
struct LimitationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Days from the beginning of a window of 14 d, and days of the block.
    var from = 0.0
    let days: Double
    var resolution: Int64 = 0
    var index: UInt64 = 100
    var markers: [Marker.Kind: String] = [:]
    var failed = false
    var downsamples = true
    /// `nil` for a block that nothing stands in the way of.
    let never: String?
    var reasons: [String] = []
  }

  private static let hours = 1.0 / 24

  @Test("a short block without company stays as it is once its window is over, or its labels have ended", arguments: [true, false])
  func alone(_ downsamples: Bool) throws {
    var maker = BlockMaker()
    let short = 2 * Self.hours
    let lone = try maker.block(from: 3, days: short)
    let ended = try maker.block(from: 20, days: short, labels: #""cluster":"gone""#)
    // Two that will be compacted with each other, one that is long enough, and the newest, which may have company yet.
    let others = [
      try maker.block(from: 15, days: short), try maker.block(from: 15 + short, days: short),
      try maker.block(from: 8, days: 2, labels: #""cluster":"long""#), try maker.block(from: 30, days: short),
    ]
    let limited = try BlockMaker.plan([lone, ended] + others, PlanPolicy(downsamples: downsamples)).compactor.limited
    #expect(limited.map(\.block.ulid) == (downsamples ? [lone, ended].map(\.description.ulid) : []))
    #expect(limited.allSatisfy { $0.never == "compact and downsample" && $0.reason.contains("no other block is left") })
  }

  @Test("each reason is named, and what it keeps from happening", arguments: [
    Case(testDescription: "a block of 2 h", days: 2 * hours, never: nil),
    Case(testDescription: "one of 14 d", days: 14, never: nil),
    Case(testDescription: "1h data of 14 d", days: 14, resolution: 3_600_000, never: nil),
    Case(
      testDescription: "a short block marked no-compact", days: 2 * hours, markers: [.noCompact: "manual: odd"],
      never: "compact and downsample",
      reasons: ["no-compact-mark.json lies beside it: manual: odd", "shorter than 40 h and will not grow"]),
    Case(
      testDescription: "the same where nothing is downsampled", days: 2 * hours, markers: [.noCompact: ""], downsamples: false,
      never: "compact", reasons: ["no-compact-mark.json lies beside it"]),
    Case(
      testDescription: "39 h marked no-compact", days: 39 * hours, markers: [.noCompact: ""],
      never: "compact and downsample", reasons: ["shorter than 40 h"]),
    Case(testDescription: "40 h marked no-compact", days: 40 * hours, markers: [.noCompact: ""], never: "compact"),
    Case(
      testDescription: "5m data of 9 d marked no-compact", days: 9, resolution: 300_000, markers: [.noCompact: ""],
      never: "compact and downsample", reasons: ["shorter than 10 d"]),
    Case(
      testDescription: "5m data of 10 d marked no-compact", days: 10, resolution: 300_000, markers: [.noCompact: ""],
      never: "compact"),
    Case(
      testDescription: "1h data marked no-compact", days: 2, resolution: 3_600_000, markers: [.noCompact: ""],
      never: "compact"),
    Case(
      testDescription: "a block marked no-downsample", days: 14, markers: [.noDownsample: "too-large: by hand"],
      never: "downsample", reasons: ["no-downsample-mark.json lies beside it: too-large: by hand"]),
    Case(
      testDescription: "a failed compaction", days: 14, failed: true, never: "compact",
      reasons: ["its meta.json says that a compaction of it failed"]),
    Case(
      testDescription: "an index that fills Thanos' limit", days: 14, index: 60 << 30, never: "compact",
      reasons: ["its index of 60.0 GiB leaves no room below Thanos' limit of 64 GiB"]),
    Case(
      testDescription: "across the windows of 14 d, long enough for 5m", from: 13, days: 2, never: "compact",
      reasons: ["does not lie within one of the compactor's windows of 14 days"]),
    Case(
      testDescription: "across the windows of 14 d and short", from: 13.5, days: 1, never: "compact and downsample",
      reasons: ["windows of 14 days", "nor downsample it to 5m or 1h", "shorter than 40 h"]),
    Case(
      testDescription: "Prometheus' own 486 h", days: 486 * hours, never: "compact",
      reasons: ["does not lie within one of the compactor's windows of 14 days"]),
  ])
  func reasons(_ row: Case) throws {
    var maker = BlockMaker()
    let block = try maker.block(
      from: row.from, days: row.days, index: row.index, resolution: row.resolution, markers: row.markers, failed: row.failed)
    let limited = try BlockMaker.plan([block], PlanPolicy(downsamples: row.downsamples)).compactor.limited
    #expect(limited.map(\.never) == (row.never.map { [$0] } ?? []))
    for reason in row.reasons { #expect(limited.first?.reason.contains(reason) == true, "\(limited.first?.reason ?? "")") }
    #expect(limited.first?.reason.contains("\n") != true)
  }

  struct Backlog: Sendable {
    /// Of each block.
    let hours: Double
    let count: Int
    /// Blocks of each job that is due, by the hours of what comes out.
    let jobs: [Int64: [Int]]
  }

  @Test("blocks of Thanos' lengths and of Prometheus' are due where Thanos' planner takes them", arguments: [
    Backlog(hours: 2, count: 4, jobs: [:]), Backlog(hours: 2, count: 5, jobs: [8: [4]]),
    Backlog(hours: 8, count: 6, jobs: [:]), Backlog(hours: 8, count: 7, jobs: [48: [6]]),
    Backlog(hours: 48, count: 7, jobs: [:]), Backlog(hours: 48, count: 8, jobs: [336: [7]]),
    Backlog(hours: 336, count: 9, jobs: [:]),
    // Of Prometheus' 6 h every fourth lies in a window of 8 h, alone; of its 54 h six lie in one of 14 d.
    Backlog(hours: 6, count: 9, jobs: [48: [8]]), Backlog(hours: 54, count: 7, jobs: [:]),
    Backlog(hours: 54, count: 9, jobs: [324: [6]]), Backlog(hours: 486, count: 4, jobs: [:]),
  ])
  func windows(_ backlog: Backlog) throws {
    var maker = BlockMaker()
    let blocks = try (0..<backlog.count).map {
      try maker.block(from: Double($0) * backlog.hours / 24, days: backlog.hours / 24)
    }
    let due = try BlockMaker.plan(blocks, PlanPolicy(downsamples: false)).compactor.due
    let jobs = Dictionary(grouping: due) { ($0.maxTime - $0.minTime) / 3_600_000 }.mapValues { $0.map(\.blocks) }
    #expect(jobs == backlog.jobs)
  }
}
