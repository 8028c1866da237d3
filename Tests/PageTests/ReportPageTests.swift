import Analysis
import Console
import Fixtures
import Inspection
import Platform
import TSDB
import Testing
import Thanos

@testable import Page

@Suite("a report's page")
struct ReportPageTests {
  private static let clock: Int64 = 1_900_000_000_000

  private static func report(_ path: String, _ question: ReportQuestion = ReportQuestion()) async throws -> BlockReport
  {
    try await BlockReport(of: .folder(path), location: path, question, clock: clock)
  }

  /// Every element that begins ends, in order: then nothing was left open by text.
  private static func isBalanced(_ html: String) -> Bool {
    var open: [Substring] = []
    for match in html.matches(of: #/<(\/?)([a-zA-Z0-9]+)(?:\s[^<>]*?)?(\/?)>/#) {
      if match.2 == "DOCTYPE" || match.3 == "/" { continue }
      if match.1 == "/" { guard open.popLast() == match.2 else { return false } } else { open.append(match.2) }
    }
    return open.isEmpty
  }

  @Test("blocks of every kind: a page with all its parts, well formed and without script or network")
  func whole() async throws {
    let data = try DataFolder(Fixtures.blocks)
    let report = try await Self.report(data.path)
    #expect(report.notices.isEmpty)
    let html = ReportPage(report).html
    for id in ["timeline", "blocks", "growth", "index", "chunks", "plan"] {
      #expect(html.contains("<section id=\"\(id)\""))
    }
    #expect(Self.isBalanced(html))
    #expect(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"))
    #expect(
      html.contains(
        "content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;\""
      ))
    // The source has no address: nothing that a browser would fetch.
    #expect(
      !html.contains("src=") && !html.contains("@import")
        && html.ranges(of: "url(").count == html.ranges(of: "url(#").count)
  }

  @Test("each block alone gives a page", arguments: Fixtures.blocks)
  func single(block: String) async throws {
    let data = try DataFolder([block])
    let report = try await Self.report(data.path)
    #expect(report.index != nil && report.chunks != nil && report.plan != nil)
    #expect(Self.isBalanced(ReportPage(report).html))
  }

  @Test("from the index alone there are no distributions")
  func indexOnly() async throws {
    let data = try DataFolder()
    let question = ReportQuestion(chunks: ChunkQuestion(by: ["job"], readsIndexOnly: true))
    let html = ReportPage(try await Self.report(data.path, question)).html
    #expect(html.contains("Top job by bytes of chunks") && !html.contains("id=\"quantiles-chart\""))
  }

  @Test("the block to look into is the largest raw one among those that end last, whole and lasting")
  func choice() throws {
    let rows = [
      try ChartTests.row(1, from: 0, until: 100, bytes: 9000), try ChartTests.row(2, from: 50, until: 200, bytes: 10),
      try ChartTests.row(3, from: 0, until: 200, bytes: 500),
      try ChartTests.row(4, from: 0, until: 200, resolution: 300_000, bytes: 9999),
      try ChartTests.row(5, from: 0, until: 300, bytes: 1, markers: [.deletion]),
      try ChartTests.row(6, from: 0, until: 300, state: "no index"),
    ]
    #expect(BlockReport.telling(rows).map { String($0.ulid.description.last ?? " ") } == ["3", "2", "1"])
    #expect(BlockReport.telling([rows[3]]).count == 1)
  }

  @Test("ten thousand blocks make a page of less than two megabytes with twenty rows in each list")
  func large() throws {
    let hour: Int64 = 3_600_000
    let rows = try (0..<10_000).map { number in
      let start = Int64(number / 5) * 2 * hour
      return try ChartTests.row(
        number, from: start, until: start + 2 * hour, level: 1 + number % 4,
        resolution: [0, 0, 0, 300_000, 3_600_000][number % 5],
        labels: "\"cluster\":\"c\(number % 50)\"")
    }
    let html = ReportPage(BlockReport(location: "/data", made: Self.clock, ReportQuestion(), rows: rows)).html
    #expect(html.utf8.count < 2_000_000, "\(html.utf8.count)")
    #expect(html.contains("and 9980 more: inspect blocks") && Self.isBalanced(html))
  }

  @Test("hostile labels, paths and errors are text")
  func hostile() throws {
    let evil = "<script>alert(1)</script>"
    let rows = [
      try ChartTests.row(1, from: 0, until: 7_200_000, labels: "\"a\":\"\(evil)\""),
      BlockRow(
        ulid: try #require(ULID("01M81B088QDAD3JHFN4993ETCA")), description: nil, sizes: nil,
        state: "unreadable: \(evil)"),
    ]
    let notice = BlockReport.Notice(text: "\(evil)\u{1b}", isDamage: true)
    let html = ReportPage(
      BlockReport(location: "/\(evil)", made: Self.clock, ReportQuestion(), rows: rows, notices: [notice])
    ).html
    #expect(!html.contains("<script") && Self.isBalanced(html) && !html.contains("\u{1b}"))
    #expect(html.ranges(of: "&lt;script&gt;").count >= 6)
  }

  @Test("rows without a readable block still make a page")
  func undescribed() throws {
    let row = BlockRow(
      ulid: try #require(ULID("01M81B088QDAD3JHFN4993ETCA")), description: nil, sizes: nil, state: "no meta.json")
    let html = ReportPage(BlockReport(location: "/data", made: 0, ReportQuestion(), rows: [row])).html
    #expect(html.contains("No block with a time.") && html.contains("no meta.json") && Self.isBalanced(html))
  }
}
