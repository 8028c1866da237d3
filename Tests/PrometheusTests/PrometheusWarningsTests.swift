import PrometheusAPI
import TSDB
import Testing
import Thanos

@testable import Shipping

@Suite("What Prometheus may do to blocks meanwhile")
struct PrometheusWarningsTests {
  private static let day: Int64 = 86_400_000
  private static let now: Int64 = 1_700_000_000_000

  private func ulid(_ number: Int) throws -> ULID { try #require(ULID("0000000000000000000000000\(number)")) }

  private func lines(
    size: UInt64 = 0, ages: [Int64], _ change: (inout PrometheusFacts) -> Void
  ) throws -> [String] {
    var facts = PrometheusFacts(dataPath: "/prometheus")
    change(&facts)
    let blocks = try ages.enumerated().map { number, age in
      PrometheusWarnings.Block(ulid: try ulid(number), maxTime: Self.now - age)
    }
    return PrometheusWarnings(facts, uploads: blocks, newest: Self.now, size: size).lines
  }

  @Test("local compaction is warned of with both durations, and only where there is something to send")
  func compaction() throws {
    func set(_ facts: inout PrometheusFacts, _ longest: Int64) {
      facts.minBlockDuration = 7_200_000
      facts.maxBlockDuration = longest
    }
    let lines = try lines(ages: [0]) { set(&$0, 129_600_000) }
    #expect(lines.count == 1)
    #expect(lines.first?.contains("--storage.tsdb.min-block-duration 2h") == true)
    #expect(lines.first?.contains("--storage.tsdb.max-block-duration 1d12h") == true)
    #expect(try self.lines(ages: []) { set(&$0, 129_600_000) } == [])
    #expect(try self.lines(ages: [0]) { set(&$0, 7_200_000) } == [])
  }

  @Test("blocks within a day of their end are counted, the first of them named with the time that is left")
  func retention() throws {
    let day = Self.day
    let lines = try lines(ages: [0, 13 * day, 14 * day, 14 * day + 3_600_000]) { $0.retentionTime = 15 * day }
    #expect(lines.count == 1)
    let line = lines.first ?? ""
    #expect(line.contains("keeps 15d") && line.contains("2 blocks of this plan"), "\(line)")
    #expect(line.contains("\(try ulid(3))") && line.contains("when its newest block is 23h further"), "\(line)")
    #expect(try self.lines(ages: [0, 13 * day]) { $0.retentionTime = 15 * day } == [])
  }

  @Test("a block past its time goes at the next compaction")
  func overdue() throws {
    let lines = try lines(ages: [20 * Self.day]) { $0.retentionTime = 15 * Self.day }
    #expect(lines.first?.contains("1 block of this plan") == true)
    #expect(lines.first?.contains("at its next compaction") == true)
  }

  @Test("a size that is nearly reached is warned of with both sizes", arguments: [(899, 0), (900, 1), (2000, 1)])
  func size(_ mebibytes: UInt64, _ count: Int) throws {
    let lines = try lines(size: mebibytes << 20, ages: [0, Self.day]) { $0.retentionSize = 1000 << 20 }
    #expect(lines.count == count)
    #expect(lines.allSatisfy { $0.contains("from \(ULID("00000000000000000000000001")?.description ?? "?") on") })
  }

  @Test("times at the edge of 64 bits trap nothing")
  func extremes() throws {
    var facts = PrometheusFacts(dataPath: "")
    facts.retentionTime = .max
    let block = PrometheusWarnings.Block(ulid: try ulid(0), maxTime: .min)
    #expect(PrometheusWarnings(facts, uploads: [block], newest: .max, size: .max).lines.count == 1)
  }
}
