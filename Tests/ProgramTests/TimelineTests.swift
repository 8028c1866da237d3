import Console
import Fixtures
import Platform
import Testing
import TSDB
import Thanos

@testable import Inspection

@Suite("inspect timeline")
struct TimelineTests {
  private static let hour: Int64 = 3_600_000

  private static func row(
    _ number: Int, _ from: Int64, _ until: Int64, level: Int = 1, cluster: String = "eu1", markers: [Marker.Kind] = []
  ) throws -> BlockRow {
    let digits = String(number)
    let ulid = "01M81B088QDAD3JHFN4993" + String(repeating: "0", count: 4 - digits.count) + digits
    let bytes = InspectBlocksTests.meta(ulid, from: from, until: until, level: level, cluster: cluster)
    let description = try BlockDescription(try BlockMeta(parsing: bytes, file: "meta.json"), file: "meta.json")
    return BlockRow(ulid: description.ulid, description: description, sizes: nil, markers: markers, state: "ok")
  }

  private static func timelines(_ rows: [BlockRow], minimumGap: Int64 = 300_000) -> [SetTimeline] {
    SetTimeline.timelines(of: rows, minimumGap: minimumGap)
  }

  @Test("gaps are between blocks of one set, and short ones are none")
  func gaps() throws {
    let hour = Self.hour
    let rows = [
      try Self.row(1, 0, 2 * hour), try Self.row(2, 2 * hour + 299_999, 4 * hour), try Self.row(3, 6 * hour, 8 * hour),
      try Self.row(4, 4 * hour, 6 * hour, cluster: "us1"),
    ]
    let timelines = Self.timelines(rows)
    #expect(timelines.map { $0.stretches.count } == [2, 1])
    #expect(timelines[0].gaps == [.init(from: 4 * hour, until: 6 * hour, after: rows[1].ulid, before: rows[2].ulid)])
    #expect(timelines[1].gaps.isEmpty && timelines.allSatisfy(\.overlaps.isEmpty))
    #expect(Self.timelines(rows, minimumGap: 0)[0].gaps.count == 2)
  }

  @Test("a gap is seen behind a long block that begins before a short one")
  func longBlock() throws {
    let hour = Self.hour
    let rows = [try Self.row(1, 0, 8 * hour), try Self.row(2, 2 * hour, 4 * hour), try Self.row(3, 10 * hour, 12 * hour)]
    let timeline = Self.timelines(rows)[0]
    #expect(timeline.gaps.map(\.from) == [8 * hour] && timeline.gaps.map(\.after) == [rows[0].ulid])
    #expect(timeline.overlaps == [.init(from: 2 * hour, until: 4 * hour, ulids: [rows[0].ulid, rows[1].ulid])])
  }

  @Test("overlaps that touch are one, others are several, and blocks that only touch have none")
  func overlaps() throws {
    let hour = Self.hour
    let rows = [
      try Self.row(1, 0, 4 * hour), try Self.row(2, 2 * hour, 6 * hour), try Self.row(3, 4 * hour, 8 * hour),
      try Self.row(4, 8 * hour, 10 * hour), try Self.row(5, 9 * hour, 11 * hour),
    ]
    let overlaps = Self.timelines(rows)[0].overlaps
    #expect(overlaps.map(\.from) == [2 * hour, 9 * hour] && overlaps.map(\.until) == [6 * hour, 10 * hour])
    #expect(overlaps.map(\.ulids) == [rows[0...2].map(\.ulid), rows[3...4].map(\.ulid)])
  }

  @Test("blocks marked for deletion cover nothing")
  func deletion() throws {
    let rows = [
      try Self.row(1, 0, 8), try Self.row(2, 0, 8, markers: [.deletion]), try Self.row(3, 0, 8, markers: [.noCompact]),
    ]
    #expect(Self.timelines(rows)[0].blocks.map(\.span.ulid) == [rows[0].ulid, rows[2].ulid])
  }

  @Test("the map shows levels, gaps, parts of gaps and overlaps in their columns")
  func map() throws {
    let hour = Self.hour
    let rows = [
      try Self.row(1, 0, 4 * hour), try Self.row(2, 4 * hour, 8 * hour, level: 9),
      try Self.row(3, 12 * hour, 16 * hour, level: 2), try Self.row(4, 16 * hour + hour / 2, 18 * hour),
      try Self.row(5, 17 * hour, 20 * hour), try Self.row(6, 5 * hour, 6 * hour, cluster: "us1"),
    ]
    let map = TimelineMap(Self.timelines(rows), width: 20, minTime: nil, maxTime: nil, symbols: .ascii)
    let lines = try #require(map?.text).split(separator: "\n")
    #expect(lines[0] == "|1970-01-01 00:00")
    #expect(lines[1] == #"{cluster="eu1"} raw: 5 blocks, 2 gaps, 1 overlap"#)
    #expect(lines[2] == "11114444....2222:X11")
    #expect(lines[4] == "     1")
    #expect(lines.last == "a column is 60.0 min")
    #expect(lines.allSatisfy { $0.count <= 80 })
    let cut = TimelineMap(
      Self.timelines(rows), width: 10, minTime: 6 * hour, maxTime: 16 * hour, symbols: .ascii)
    #expect(try #require(cut?.text).split(separator: "\n")[1] == "44....2222")
  }

  @Test("times of any size neither trap nor leave the map", arguments: [(Int64.min, Int64.max), (.max, .max), (.min, .min)])
  func extremes(from: Int64, until: Int64) throws {
    let timelines = Self.timelines([try Self.row(1, from, until), try Self.row(2, 0, 1)])
    let map = TimelineMap(timelines, width: 40, minTime: nil, maxTime: nil, symbols: .blocks)
    #expect(try #require(map?.text).split(separator: "\n").dropFirst(2).first?.count ?? 0 <= 40)
    #expect(TimelineDocument.document(of: timelines) { $0 }.text(.json).contains("\"gaps\""))
  }

  @Test(
    "the map is drawn with what the locale can show",
    arguments: [
      (["LANG": "C.UTF-8"], "░"), (["LANG": "de_DE.utf8"], "░"), (["LANG": "C"], "1"), ([:], "1"),
      (["LANG": "en_US.UTF-8", "LC_ALL": "POSIX"], "1"), (["LANG": "C", "LC_CTYPE": "C.UTF-8", "LC_ALL": ""], "░"),
      (["LANG": "en_US.ISO-8859-1"], "1"),
    ] as [([String: String], Character)])
  func locale(variables: [String: String], level: Character) {
    #expect(TimelineMap.Symbols.usual { variables[$0] }.levels[0] == level)
  }

  @Test("of no blocks there is no map")
  func none() {
    #expect(TimelineMap([], width: 80, minTime: nil, maxTime: nil, symbols: .blocks) == nil)
  }

  @Test("programs get spans, gaps and overlaps as tables")
  func document() throws {
    let hour = Self.hour
    let timelines = Self.timelines([
      try Self.row(1, 0, 2 * hour), try Self.row(2, hour, 2 * hour), try Self.row(3, 4 * hour, 6 * hour),
    ])
    #expect(
      TimelineDocument.document(of: timelines) { $0 }.text(.csv) == """
        # spans
        labels,resolution,from,until,range_seconds,blocks,size_bytes
        cluster=eu1,raw,1970-01-01T00:00:00Z,1970-01-01T02:00:00Z,7200,2,0
        cluster=eu1,raw,1970-01-01T04:00:00Z,1970-01-01T06:00:00Z,7200,1,0

        # gaps
        labels,resolution,from,until,range_seconds,after,before
        cluster=eu1,raw,1970-01-01T02:00:00Z,1970-01-01T04:00:00Z,7200,01M81B088QDAD3JHFN49930002,01M81B088QDAD3JHFN49930003

        # overlaps
        labels,resolution,from,until,range_seconds,blocks,ulids
        cluster=eu1,raw,1970-01-01T01:00:00Z,1970-01-01T02:00:00Z,3600,2,"01M81B088QDAD3JHFN49930001,01M81B088QDAD3JHFN49930002"

        """)
  }
}
