import Fixtures
import Platform
import Quantities
import TSDB
import Testing
import Thanos

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

  private static let listKeys = [
    ("Label pairs most involved in churning", "churning_pairs"), ("Label names most involved in churning", "churning_labels"),
    ("Most common label pairs", "common_pairs"),
    ("Label names with highest cumulative label value length", "longest_labels"),
    ("Highest cardinality labels", "cardinality"), ("Highest cardinality metric names", "metric_cardinality"),
  ]

  /// - Parameter data: a data folder, which Debian's promtool analyzes.
  private static func compare(_ ours: String, with data: String, _ block: String) async throws {
    let theirs = try await ProgramRun.tool("promtool", ["tsdb", "analyze", data, block])
    try #require(theirs.status == 0, "\(theirs.error)")
    let lists = lists(theirs.output)
    let figures = [
      ("Label names", 6), ("Postings (unique label pairs)", 7), ("Postings entries (total label pairs)", 8),
    ]
    for (name, column) in figures { #expect(csv(ours, "block", column) == lists[name], "\(name)") }
    #expect(csv(ours, "block", 4) == lists["Series"] ?? lists["Total Series"])
    for (name, key) in listKeys { #expect(csv(ours, key) == lists[name] ?? [], "\(name)") }
  }

  @Test("every number is promtool's of a block of every kind: index v1, raw and downsampled", arguments: Fixtures.blocks)
  func analyzeKinds(_ block: String) async throws {
    let data = try DataFolder([block])
    let ulid = String(block.suffix(26))
    let ours = try await ProgramRun.run("inspect", ["index", ulid, "--tsdb.path", data.path, "--output", "csv"])
    try #require(ours.status == 0, "\(ours.error)")
    try await Self.compare(ours.output, with: data.path, ulid)
  }

  /// Debian's promtool has no --match: a block with the entries of the matching series alone stands in for it.
  @Test(
    "every number of --match is promtool's of a block that has nothing else",
    arguments: [
      #"{__name__!~".*_total.*"}"#, #"{__name__=~".*_total.*"}"#, #"{job="node"}"#, #"{instance=~".*:8080", code!=""}"#,
      #"node_cpu_seconds_total{mode=~"idle|user"}"#, #"{job!="node", handler=""}"#, #"{nothing=""}"#,
    ])
  func analyzeMatching(_ text: String) async throws {
    let data = try await PrometheusData.shared.value
    let ulid = try #require(data.ulids.last).description
    let folder = try TemporaryFolder()
    try shell("mkdir \(folder.path)/wal && cp -r \(data.path)/\(ulid) \(folder.path)/ && chmod -R u+w \(folder.path)")
    let selector = try LabelSelector(parsingSeries: text)
    let series = try RewrittenIndex("\(data.path)/\(ulid)/index").series.filter { series in
      selector.matchers.allSatisfy { matcher in
        matcher.matches(value: series.labels.first { $0.name == matcher.name }?.value ?? "")
      }
    }
    try #require(!series.isEmpty)
    try AtomicFile.write(RewrittenIndex(series: series).bytes, to: "\(folder.path)/\(ulid)/index")
    // How many there are promtool takes from there.
    try shell(#"sed -i 's/"numSeries": *[0-9]*/"numSeries": \#(series.count)/' \#(folder.path)/\#(ulid)/meta.json"#)
    let ours = try await ProgramRun.run(
      "inspect", ["index", ulid, "--tsdb.path", data.path, "--output", "csv", "--match", text])
    try #require(ours.status == 0, "\(ours.error)")
    try await Self.compare(ours.output, with: folder.path, ulid)
  }

  @Test("what OpenMetrics can say of odd labels and values is what promtool reads back")
  func oddSamples() async throws {
    let folder = try TemporaryFolder()
    let time: Int64 = 1_700_000_000_000
    var block = SmallBlock()
    block.add(
      ["__name__": "odd:values", "le": "+Inf"],
      [
        (time, -0.0), (time + 1, .infinity), (time + 2, -.infinity), (time + 3, .leastNonzeroMagnitude), (time + 4, .nan),
        (time + 7, .greatestFiniteMagnitude), (time + 500, 0.1), (time + 1001, 1e21), (time + 60_019, -123_456.789),
      ])
    for (number, value) in ["q\"uote", "back\\slash", "new\nline", "tab\t\r", "ünï日本 ", "{}=,# ", "\\n", "\u{1}\u{7f}"].enumerated() {
      block.add(["__name__": "odd_labels", "n": "\(number)", "value": value], [(time, Double(number))])
    }
    try Directory.create("\(folder.path)/one/wal")
    let path = try block.write(in: "\(folder.path)/one")
    let theirs = try await ProgramRun.tool("promtool", ["tsdb", "dump", "\(folder.path)/one"])
    let ours = try await ProgramRun.run("inspect", ["series", path, "--samples"])
    #expect(ours.status == 0 && ours.output == theirs.output && ours.output.split(separator: "\n").count == 17)

    let text = try await ProgramRun.run("inspect", ["series", path, "--samples", "--format", "openmetrics"])
    #expect(text.status == 0 && text.error.isEmpty, "\(text.error)")
    try AtomicFile.write(Array(text.output.utf8), to: "\(folder.path)/text")
    try Directory.create("\(folder.path)/two/wal")
    let made = try await ProgramRun.tool(
      "promtool", ["tsdb", "create-blocks-from", "openmetrics", "-q", "\(folder.path)/text", "\(folder.path)/two"])
    try #require(made.status == 0, "\(made.error)")
    let back = try await ProgramRun.tool("promtool", ["tsdb", "dump", "\(folder.path)/two"])
    #expect(back.output == theirs.output)
  }

  @Test("what OpenMetrics cannot say is told on standard error, a line each")
  func leftOut() async throws {
    let folder = try TemporaryFolder()
    var block = SmallBlock()
    block.add(["__name__": "metric.name", "x": "1"], [(1_700_000_000_000, 1), (1_700_000_001_000, .stale)])
    block.add(["job": "x"], [(1_700_000_000_000, 1)])
    let path = try block.write(in: folder.path)
    let run = try await ProgramRun.run("inspect", ["series", path, "--samples", "--format", "openmetrics"])
    #expect(run.status == 1)
    #expect(run.output == #"{"metric.name",x="1"} 1 1700000000"# + "\n" + #"{"metric.name",x="1"} NaN 1700000001"# + "\n# EOF\n")
    let lines = run.error.split(separator: "\n")
    #expect(lines.count == 3, "\(run.error)")
    for (line, words) in zip(lines, ["1 samples are markers", "2 samples have names in quotes", "1 samples of series without"]) {
      #expect(line.contains(words), "\(line)")
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

  @Test("wrong usage of series and diff is one line, and no file is read", arguments: [
    (["series", "--samples", "--limit", "5"], "--limit"), (["series", "--samples", "--sort-by", "samples"], "--sort-by"),
    (["series", "--samples", "--output", "json"], "--format"), (["series", "--format", "openmetrics"], "--samples"),
    (["series", "--min-time", "-1h", "--max-time", "-2h"], "is after"), (["series", "--min-time", "soon"], "soon"),
    (["series", "--match", "{"], "--match"), (["index", "--match", "{}"], "--match"), (["diff", "--at", "-1h"], "--at"),
    (["series", "--sort-by", "size"], "chunk_bytes"), (["diff", "A"], "two blocks"),
  ])
  func usage(_ words: [String], _ expected: String) async throws {
    let run = try await ProgramRun.run("inspect", words + ["--tsdb.path", "\(Fixtures.root)/downsampled"])
    #expect(run.status == 2 && run.output.isEmpty && run.error.contains(expected), "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
  }

  @Test("a diff's memory does not grow with the series")
  func memory() async throws {
    let folder = try TemporaryFolder()
    var peaks: [UInt64] = []
    for series in [20_000, 200_000] {
      let path = "\(folder.path)/\(series)/\(SmallBlock.ulid)"
      try SmallBlock().write(in: "\(folder.path)/\(series)")
      try IndexInput.write(to: "\(path)/index", series: series) { number in
        [IndexInput.Chunk(times: 1_700_006_400_000...1_700_010_000_000, reference: UInt64(8 + 40 * number))]
      }
      let run = try await ProgramRun.run("inspect", ["diff", path, path, "--output", "csv"])
      #expect(run.status == 0 && run.output.contains("\n0,0,\(series),0,0\n"), "\(run.error)")
      peaks.append(run.peak)
    }
    #expect(peaks[1] < peaks[0] + 24 << 20, "\(peaks)")
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

  private static let raw = "01M81B088QDAD3JHFN4993ETCA"

  /// How each command asks for a block, or for the newest.
  private static func question(_ command: String, _ block: String?) -> [String] {
    switch (command, block) {
    case ("diff", let block?): ["diff", block, block]
    case ("diff", nil): ["diff", "--at", "2023-11-15T00:00:00Z", "--at", "2023-11-15T00:30:00Z"]
    case ("samples", let block): ["series", "--samples"] + (block.map { [$0] } ?? [])
    default: [command] + (block.map { [$0] } ?? [])
    }
  }

  @Test("bad input is one line", arguments: [
    Bad(testDescription: "a folder with only a WAL", make: "mkdir D/wal", block: nil, status: 2, words: ["has no block yet"]),
    Bad(testDescription: "an empty folder", make: "true", block: nil, status: 2, words: ["it is empty"]),
    Bad(
      testDescription: "a meta.json that is not JSON", make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && echo x > D/U/meta.json",
      block: nil, status: 2, words: ["meta.json", "verify"]),
    Bad(
      testDescription: "the same, named", make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && echo x > D/U/meta.json", block: "U",
      status: 3, words: ["meta.json", "verify"]),
    Bad(
      testDescription: "a damaged index",
      make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && printf XXXXXXXX | dd of=D/U/index bs=1 seek=2000 conv=notrunc 2>/dev/null",
      block: "U", status: 3, words: ["index: offset", "verify"]),
    Bad(
      testDescription: "an index that is gone", make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && rm D/U/index", block: "U",
      status: 3, words: ["/index"]),
    Bad(
      testDescription: "chunks that are gone", make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && rm -r D/U/chunks",
      block: "U", status: 3, words: ["/chunks"]),
    Bad(
      testDescription: "a block that is gone", make: "mkdir D/wal && cp -r B D/ && chmod -R u+w D/ && rm -r D/U", block: "U",
      status: 2, words: [raw]),
    Bad(testDescription: "a path that is no block", make: "mkdir D/wal", block: "D/wal", status: 2, words: ["meta.json"]),
  ], ["index", "series", "samples", "diff"])
  func bad(_ bad: Bad, _ command: String) async throws {
    let folder = try TemporaryFolder()
    func filled(_ text: String) -> String {
      text.replacing("D/", with: "\(folder.path)/").replacing("B ", with: "\(Fixtures.root)/raw-float-and-histogram/\(Self.raw) ")
        .replacing("/U", with: "/\(Self.raw)")
    }
    try shell(filled(bad.make))
    let isPath = bad.block?.contains("/") ?? false
    let block = bad.block.map { $0 == "U" ? Self.raw : filled($0) }
    let run = try await ProgramRun.run(
      "inspect", Self.question(command, block) + (isPath ? [] : ["--tsdb.path", folder.path]))
    #expect(run.status == bad.status, "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1 && run.output.isEmpty, "\(run.error)")
    for word in bad.words { #expect(run.error.contains(word), "\(run.error)") }
  }
}
