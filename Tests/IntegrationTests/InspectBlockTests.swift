import Fixtures
import Platform
import Quantities
import TSDB
import Testing

/// `inspect index`, `series` and `diff` as a user runs them, beside Debian's promtool on blocks that it wrote.
@Suite("inspect of a block, beside promtool")
struct InspectBlockTests {
  /// The lists and figures of `promtool tsdb analyze`: values in order, since equal ones come in any order.
  private static func lists(_ text: String) -> [String: [String]] {
    var lists: [String: [String]] = [:]
    var heading: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { heading = nil } else if line.hasSuffix(":") { heading = String(line.dropLast()) } else if let heading {
        lists[heading, default: []].append(String(line.prefix { $0 != " " }))
      } else if let colon = line.firstIndex(of: ":") {
        lists[String(line[..<colon])] = [String(line[colon...].dropFirst(2))]
      }
    }
    return lists
  }

  private static func csv(_ text: String, _ key: String, _ column: Int = 0) -> [String] {
    guard let start = text.firstRange(of: "# \(key)\n") else { return [] }
    let table = text[start.upperBound...]
    let rows = table[..<(table.firstRange(of: "\n\n")?.lowerBound ?? table.endIndex)].split(separator: "\n").dropFirst()
    return rows.map { String($0.split(separator: ",", omittingEmptySubsequences: false)[column]) }
  }

  @Test("every number is promtool's, with and without --match", arguments: [nil, #"{__name__!~".*_total.*"}"#, #"{__name__=~".*_total.*"}"#])
  func analyze(_ selector: String?) async throws {
    let data = try await PrometheusData.shared.value
    let ulid = try #require(data.ulids.last).description
    let flags = selector.map { ["--match", $0] } ?? []
    var (analyzed, block) = (data.path, ulid)
    let folder = try TemporaryFolder()
    if selector != nil {
      // Debian's promtool has no --match: a block of the matching series alone stands in for it.
      let text = try await ProgramRun.run(
        "inspect", ["series", ulid, "--tsdb.path", data.path, "--samples", "--format", "openmetrics"] + flags)
      try AtomicFile.write(Array(text.output.utf8), to: "\(folder.path)/text")
      analyzed = "\(folder.path)/some"
      let made = try await ProgramRun.tool(
        "promtool", ["tsdb", "create-blocks-from", "openmetrics", "-q", "\(folder.path)/text", analyzed])
      try #require(made.status == 0, "\(made.error)")
      block = try #require(try DataDirectory(analyzed).blocks.first).ulid.description
    }
    let theirs = try await ProgramRun.tool("promtool", ["tsdb", "analyze", analyzed, block])
    try #require(theirs.status == 0, "\(theirs.error)")
    let ours = try await ProgramRun.run("inspect", ["index", ulid, "--tsdb.path", data.path, "--output", "csv"] + flags)
    try #require(ours.status == 0, "\(ours.error)")
    let lists = Self.lists(theirs.output)
    let figures = [
      ("Label names", 6), ("Postings (unique label pairs)", 7), ("Postings entries (total label pairs)", 8),
    ]
    for (name, column) in figures { #expect(Self.csv(ours.output, "block", column) == lists[name], "\(name)") }
    #expect(Self.csv(ours.output, "block", 4) == lists["Series"] ?? lists["Total Series"])
    for (name, key) in [
      ("Label pairs most involved in churning", "churning_pairs"), ("Label names most involved in churning", "churning_labels"),
      ("Most common label pairs", "common_pairs"),
      ("Label names with highest cumulative label value length", "longest_labels"),
      ("Highest cardinality labels", "cardinality"), ("Highest cardinality metric names", "metric_cardinality"),
    ] where selector == nil || !name.hasSuffix("churning") {
      // Churn is measured by the block's length, which is another one there.
      #expect(Self.csv(ours.output, key) == lists[name] ?? [], "\(name)")
    }
  }

  @Test("a dump is promtool's, line by line, and OpenMetrics comes back as the same samples")
  func dump() async throws {
    let folder = try TemporaryFolder()
    let data = try await PrometheusData.shared.value
    let ulid = try #require(data.ulids.last).description
    try shell("mkdir -p \(folder.path)/one/wal \(folder.path)/two/wal && cp -r \(data.path)/\(ulid) \(folder.path)/one/")
    let theirs = try await ProgramRun.tool("promtool", ["tsdb", "dump", "\(folder.path)/one"])
    let ours = try await ProgramRun.run("inspect", ["series", "\(folder.path)/one/\(ulid)", "--samples"])
    #expect(ours.status == 0 && ours.output == theirs.output && ours.output.count > 1000)

    let text = try await ProgramRun.run(
      "inspect", ["series", "\(folder.path)/one/\(ulid)", "--samples", "--format", "openmetrics"])
    #expect(text.status == 0)
    try AtomicFile.write(Array(text.output.utf8), to: "\(folder.path)/text")
    let made = try await ProgramRun.tool(
      "promtool", ["tsdb", "create-blocks-from", "openmetrics", "-q", "\(folder.path)/text", "\(folder.path)/two"])
    try #require(made.status == 0, "\(made.error)")
    let back = try await ProgramRun.tool("promtool", ["tsdb", "dump", "\(folder.path)/two"])
    #expect(back.output == theirs.output)
  }

  @Test("diff of the first and the last block by ULIDs and by times")
  func diff() async throws {
    let data = try await PrometheusData.shared.value
    let (first, last) = (try #require(data.ulids.first), try #require(data.ulids.last))
    let named = try await ProgramRun.run(
      "inspect", ["diff", first.description, last.description, "--tsdb.path", data.path, "--output", "json"])
    #expect(named.status == 0 && named.output.contains("blockhaul.inspect.diff/1"), "\(named.error)")
    let times = try [first, last].map { ulid in
      ["--at", Timestamp.text(try BlockFolder(ulid: ulid, path: "\(data.path)/\(ulid)").readMeta().minTime)]
    }
    let timed = try await ProgramRun.run(
      "inspect", ["diff", "--tsdb.path", data.path, "--output", "json"] + times.flatMap(\.self))
    #expect(timed.status == 0 && timed.output == named.output, "\(timed.error)")
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: String
    let block: String?
    let status: Int32
    let words: [String]
  }

  @Test("bad input is one line", arguments: [
    Bad(testDescription: "a folder with only a WAL", make: "mkdir D/wal", block: nil, status: 2, words: ["has no block yet"]),
    Bad(testDescription: "an empty folder", make: "true", block: nil, status: 2, words: ["it is empty"]),
    Bad(
      testDescription: "a meta.json that is not JSON", make: "mkdir D/wal && cp -r B D/ && echo x > D/U/meta.json", block: nil,
      status: 2, words: ["meta.json", "verify"]),
    Bad(
      testDescription: "the same, named", make: "mkdir D/wal && cp -r B D/ && echo x > D/U/meta.json", block: "U", status: 3,
      words: ["meta.json", "verify"]),
    Bad(
      testDescription: "a damaged index", make: "mkdir D/wal && cp -r B D/ && printf XXXXXXXX | dd of=D/U/index bs=1 seek=2000 conv=notrunc 2>/dev/null",
      block: "U", status: 3, words: ["index: offset", "verify"]),
    Bad(testDescription: "a path that is no block", make: "mkdir D/wal", block: "D/wal", status: 2, words: ["meta.json"]),
  ])
  func bad(_ bad: Bad) async throws {
    let folder = try TemporaryFolder()
    let ulid = "01M81B088QDAD3JHFN4993ETCA"
    func filled(_ text: String) -> String {
      text.replacing("D/", with: "\(folder.path)/").replacing("B ", with: "\(Fixtures.root)/raw-float-and-histogram/\(ulid) ")
        .replacing("/U/", with: "/\(ulid)/")
    }
    try shell(filled(bad.make).replacing("&& echo", with: "&& chmod -R u+w \(folder.path) && echo").replacing("&& printf", with: "&& chmod -R u+w \(folder.path) && printf"))
    let isPath = bad.block?.contains("/") ?? false
    let block = bad.block.map { $0 == "U" ? ulid : filled($0) }
    let run = try await ProgramRun.run(
      "inspect", ["index"] + (block.map { [$0] } ?? []) + (isPath ? [] : ["--tsdb.path", folder.path]))
    #expect(run.status == bad.status, "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1 && run.output.isEmpty, "\(run.error)")
    for word in bad.words { #expect(run.error.contains(word), "\(run.error)") }
  }
}
