import Console
import Fixtures
import OrderedJSON
import Platform
import Testing

@testable import Verification

@Suite("verify status")
struct CoverageTests {
  private static let now: Int64 = 1_800_000_000_000
  private static let day: Int64 = 86_400_000

  /// Four blocks: never checked, checked an hour, ten days and forty days ago; the last one with findings.
  private static var contents: LedgerContents {
    var contents = LedgerContents()
    contents.update("s3://a", blocks: (1...4).map { ulid($0) })
    for (number, days, level, findings) in [
      (2, 0, .full, [:]), (3, 10, .checksum, [:]), (4, 40, .full, ["chunk-crc-mismatch": 3, "from-the-future": 1]),
    ] as [(Int, Int64, VerificationLevel, [String: Int])] {
      let check = LedgerEntry.Check(time: now - days * day - 3_600_000, findings: findings)
      contents.apply(LedgerLine(source: "s3://a", block: ulid(number), .check(check, level)))
    }
    return contents
  }

  @Test("counts how many blocks were checked at each level within a week, a month and ever")
  func table() {
    let report = CoverageReport(Self.contents, now: Self.now)
    #expect(
      report.text(.table) == """
        SOURCE  BLOCKS  LEVEL     7D  30D  EVER  OLDEST
        s3://a       4  presence   1    2     3  2026-12-06T07:00:00Z
        s3://a       4  checksum   1    2     3  2026-12-06T07:00:00Z
        s3://a       4  index      1    1     2  2026-12-06T07:00:00Z
        s3://a       4  full       1    1     2  2026-12-06T07:00:00Z

        standing against s3://a:
        error: chunk-crc-mismatch: 3 in \(ulid(4))
        error: from-the-future: 1 in \(ulid(4))

        """)
    #expect(report.status == .findings)
  }

  @Test("the same as a document")
  func json() throws {
    let text = CoverageReport(Self.contents, now: Self.now).text(.json)
    let document = try #require(try JSONValue(parsing: Array(text.utf8)).object)
    let source = try #require(document["sources"]?.array?.first?.object)
    #expect(document["version"] == .integer(1) && source["blocks"] == .integer(4))
    let full = #"{"level":"full","within_7d":1,"within_30d":1,"ever":2,"oldest":"2026-12-06T07:00:00Z"}"#
    #expect(source["levels"]?.array?.last?.text() == full)
    let finding = #"{"id":"chunk-crc-mismatch","severity":"error","found":3,"blocks":["\#(ulid(4))"],"bucket":false}"#
    #expect(source["findings"]?.array?.first?.text() == finding)
  }

  @Test("what stands against the bucket as a whole is shown, and decides")
  func whole() throws {
    var contents = LedgerContents()
    for (time, findings) in [(Int64(1), ["overlapping-blocks": 3, "time-gap": 1]), (2, ["overlapping-blocks": 2])] {
      contents.apply(LedgerLine(source: "s", block: nil, .check(.init(time: time, findings: findings), .presence)))
    }
    contents.apply(LedgerLine(source: "s", block: ulid(1), .check(.init(time: 1, findings: [:]), .presence)))
    let read = try LedgerContents(parsing: contents.bytes, of: "ledger")
    #expect(read == contents && !read.isGood("s", [ulid(1)], level: .presence, now: 9))
    let report = CoverageReport(read, now: Self.now)
    #expect(report.status == .findings)
    #expect(report.text(.table).hasSuffix("warning: overlapping-blocks: 2 in the bucket as a whole\n"))
    #expect(report.text(.json).contains("\"bucket\": true"))
    contents.apply(LedgerLine(source: "s", block: nil, .check(.init(time: 3, findings: ["time-gap": 1]), .presence)))
    #expect(contents.isGood("s", [ulid(1)], level: .presence, now: 9))
    #expect(CoverageReport(contents, now: Self.now).status == .good)
  }

  @Test("many blocks are named by the first few, and counted")
  func manyBlocks() {
    var contents = LedgerContents()
    for number in 1...12 {
      let check = LedgerEntry.Check(time: 0, findings: ["stray-object": 1])
      contents.apply(LedgerLine(source: "s", block: ulid(number), .check(check, .full)))
    }
    let text = CoverageReport(contents, now: Self.now).text(.table)
    #expect(text.contains("warning: stray-object: 12 in \(ulid(1)), \(ulid(2)), "))
    #expect(text.hasSuffix("\(ulid(5)) and 7 more blocks\n"))
  }

  @Test("notes do not make a bad end, and nothing checked is said")
  func notes() {
    var contents = LedgerContents()
    #expect(CoverageReport(contents, now: 0).text(.table) == "nothing was checked yet\n")
    let check = LedgerEntry.Check(time: 0, findings: ["time-gap": 1])
    contents.apply(LedgerLine(source: "s", block: ulid(1), .check(check, .full)))
    #expect(CoverageReport(contents, now: 0).status == .good)
  }

  @Test("a ledger that is not there is refused with what to do, and not made")
  func missing() async throws {
    let folder = try TemporaryFolder()
    let error = await #expect(throws: LedgerError.self) { _ = try await CoverageReport(ledger: "\(folder.path)/none") }
    #expect(error?.exitStatus == .usage && error?.description.contains("there is no \(folder.path)/none") == true)
    #expect(try Directory.entries(of: folder.path).isEmpty)
  }

  @Test(
    "budgets are sizes or times, and nothing that could be either",
    arguments: [
      ("20GiB", .bytes(20 << 30)), ("1.5MB", .bytes(1_500_000)), ("7b", .bytes(7)), ("10m", .time(.seconds(600))),
      ("1h30m", .time(.seconds(5400))), ("2d", .time(.seconds(172_800))), ("1.5h", .time(.seconds(5400))),
      ("90s", .time(.seconds(90))), ("10M", nil), ("10", nil), ("0", nil), ("0s", nil), ("0B", nil), ("-5m", nil), ("", nil),
      ("much", nil),
    ] as [(String, Budget?)])
  func budget(_ text: String, _ budget: Budget?) { #expect(Budget(text) == budget) }
}
