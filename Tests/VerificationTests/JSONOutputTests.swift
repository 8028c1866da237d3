import OrderedJSON
import TSDB
import Testing

@testable import Verification

@Suite("--output json")
struct JSONOutputTests {
  private static func document(_ text: String) throws -> JSONObject {
    try #require(try JSONValue(parsing: Array(text.utf8)).object)
  }

  @Test("one document with everything in it")
  func whole() async throws {
    let written = Written()
    var output = JSONOutput { written.append($0) }
    let blocks = [
      Sample.block(ulid(1), [.chunkChecksum], sha256: "ab"), Sample.block(ulid(2)),
      Sample.block(ulid(3), unfinished: [Unfinished(file: "key", reason: "denied")]),
    ]
    try await output.begin(Sample.description)
    for block in blocks { try await output.add(block) }
    let gap = Finding(.noBlocks, block: nil, file: "place", "odd")
    try await output.add(BucketReport(findings: [gap]))
    try await output.finish(Sample.end(blocks))

    let document = try Self.document(written.text)
    #expect(
      document.members.map(\.key) == [
        "version", "program", "started", "source", "level", "blocks", "bucket", "totals", "finished", "seconds", "complete",
      ])
    #expect(document["version"] == .integer(1) && document["level"]?.string == "full")
    #expect(document["started"]?.string == "2023-11-14T22:13:20Z")
    #expect(document["finished"]?.string == "2023-11-14T22:13:21.5Z")
    #expect(document["complete"]?.bool == true && document["source"]?.string == "s3://thanos")
    let rows = (document["blocks"]?.array ?? []).compactMap(\.object)
    #expect(rows.map { $0["ulid"]?.string } == blocks.map(\.ulid.description))
    #expect(rows.map { $0["state"]?.string } == ["bad", "good", "unfinished"])
    let file = """
      {"path":"chunks/000001","state":"bad","size_bytes":1000,"evidence":["size","crc32c"],"sha256":"ab"}
      """
    #expect(rows[0]["files"]?.array?.first?.text() == file)
    let finding = """
      {"id":"chunk-crc-mismatch","severity":"error","block":"\(ulid(1))","file":"\(ulid(1))/chunks/000001","offset":8,\
      "series":"{__name__=\\"up\\"}","message":"it is wrong","occurrences":1}
      """
    #expect(rows[0]["findings"]?.array?.map { $0.text() } == [finding])
    #expect(rows[2]["unfinished"]?.array?.map { $0.text() } == [#"{"file":"key","reason":"denied"}"#])
    #expect(
      document["bucket"]?.text() == """
        {"findings":[{"id":"no-blocks","severity":"warning","file":"place","message":"odd","occurrences":1}],"unfinished":[]}
        """)
    let totals = try #require(document["totals"]?.object)
    #expect(totals["blocks"]?.text() == #"{"checked":3,"good":1,"unproved":0,"warning":0,"bad":1,"unfinished":1}"#)
    #expect(
      totals["findings_by_id"]?.text() == #"[{"id":"chunk-crc-mismatch","severity":"error","found":1,"blocks":1}]"#)
    #expect(totals["size_bytes"] == .integer(3300) && totals["chunks"] == .integer(21))
    #expect(totals["unfinished"] == .integer(1))
  }

  @Test("each block is written as it comes, a line each")
  func streamed() async throws {
    let written = Written()
    var output = JSONOutput { written.append($0) }
    try await output.begin(Sample.description)
    for number in 1...3 {
      try await output.add(Sample.block(ulid(number)))
      #expect(written.text.split(separator: "\n").count == number + 1)
      #expect(written.text.contains("\n{\"ulid\":\"\(ulid(number))\""))
    }
  }

  @Test("a run that ends early leaves a document all the same, which says so", arguments: 0...2)
  func early(_ blocks: Int) async throws {
    let written = Written()
    var output = JSONOutput { written.append($0) }
    try await output.begin(Sample.description)
    for number in 0..<blocks { try await output.add(Sample.block(ulid(number))) }
    try await output.finish(Sample.end([], .early("the line is dead")))
    let document = try Self.document(written.text)
    #expect(document["complete"]?.bool == false && document["ended_early"]?.string == "the line is dead")
    #expect(document["blocks"]?.array?.count == blocks)
  }

  @Test("a used-up budget is no early end, and the document says that it is not complete")
  func budget() async throws {
    let written = Written()
    var output = JSONOutput { written.append($0) }
    try await output.begin(Sample.description)
    try await output.finish(Sample.end([], .budget("used up")))
    let document = try Self.document(written.text)
    #expect(document["complete"]?.bool == false && document["budget_reached"]?.string == "used up")
    #expect(document["ended_early"] == nil)
  }

  @Test("nothing in it drives a terminal, and nothing is lost by that")
  func escaped() async throws {
    let evil = "a\u{1B}[2J\u{9B}\u{202E}\"\\\n"
    let written = Written()
    var output = JSONOutput { written.append($0) }
    try await output.begin(RunDescription(started: 0, source: evil, level: .full))
    var block = Sample.block()
    block.findings = [Finding(.strayObject, block: nil, file: evil, series: evil, evil)]
    try await output.add(block)
    try await output.finish(Sample.end([block], .early(evil)))
    let controls = written.text.unicodeScalars.filter { $0.value < 0x20 || 0x7F..<0xA0 ~= $0.value || $0 == "\u{202E}" }
    #expect(controls.allSatisfy { $0 == "\n" })
    let document = try Self.document(written.text)
    #expect(document["source"]?.string == evil && document["ended_early"]?.string == evil)
    let finding = document["blocks"]?.array?.first?.object?["findings"]?.array?.first?.object
    #expect(finding?["series"]?.string == evil && finding?["message"]?.string == evil)
  }
}
