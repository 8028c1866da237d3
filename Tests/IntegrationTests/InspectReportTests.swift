import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing

/// `inspect report` as a user runs it, and its page as a browser shows it.
@Suite("inspect report", .timeLimit(.minutes(5)))
struct InspectReportTests {
  private static let policy = [
    "--retention.raw", "30d", "--retention.5m", "180d", "--horizon", "6m", "--bandwidth", "50MiB",
  ]
  private static let prices = """
    currency: EUR
    storage_per_gib_month: 0.023
    put_per_1000: 0.005
    get_per_1000: 0.0004
    egress_per_gib: 0.09

    """

  private static func page(_ arguments: [String], status: Int32 = 0) async throws -> String {
    let run = try await ProgramRun.run("inspect", ["report", "--html", "-"] + arguments)
    #expect(run.status == status, "\(run.error)")
    return run.output
  }

  // MARK: Numbers

  @Test("every number is that of the command that stands beside it, in a folder and in a bucket")
  func numbers() async throws {
    let data = try await PrometheusData.shared.value
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array(Self.prices.utf8), to: "\(folder.path)/prices.yaml")
    let plan = Self.policy + ["--prices", "\(folder.path)/prices.yaml"]
    let file = try await WalkTests.BucketFile(signatureV2: false)
    let bucket = ["--objstore.config-file", file.path]
    let sent = try await ProgramRun.run("backfill", ["--tsdb.path", data.path] + bucket + WalkTests.label)
    #expect(sent.status == 0, "\(sent.error)")
    for source in [["--tsdb.path", data.path], bucket] {
      let html = try await Self.page(source + plan + ["--by", "job,instance"])
      let probe = try await PageProbe(html)
      let cells = try await Self.compare(probe, source, plan: plan)
      #expect(cells > 500)
      // Nothing is left out: each of these has its tables.
      let commands = Set(probe.tables.map { $0.command.split(separator: " ").prefix(2).joined(separator: " ") })
      #expect(commands == ["inspect blocks", "inspect timeline", "inspect index", "inspect chunks", "inspect plan"])
      for section in [
        "spans", "totals", "blocks", "metrics", "labels", "groups", "distributions", "projection", "bills",
      ] {
        #expect(probe.tables.contains { $0.section == section && !$0.rows.isEmpty }, "\(section)")
      }
      #expect(probe.figures.count >= 10)
    }
  }

  @Test("from the index alone the numbers of chunks are those of inspect chunks --index-only")
  func indexOnly() async throws {
    let source = ["--tsdb.path", try await PrometheusData.shared.value.path]
    let probe = try await PageProbe(try await Self.page(source + ["--index-only"]))
    #expect(try await Self.compare(probe, source) > 300)
    #expect(probe.tables.contains { $0.command.hasSuffix(" --index-only") && $0.section == "groups" })
    #expect(!probe.tables.contains { $0.section == "distributions" })
  }

  /// Runs the commands that stand beside the tables, and holds what they say against these.
  /// - Returns: the number of cells.
  private static func compare(_ probe: PageProbe, _ source: [String], plan: [String] = []) async throws -> Int {
    var documents: [String: JSONValue] = [:]
    var cells = 0
    for table in probe.tables {
      var document = documents[table.command]
      if document == nil {
        let words = table.command.split(separator: " ").dropFirst().map(String.init)
        let flags = source + (words == ["plan"] ? plan : []) + ["--output", "json"]
        let run = try await ProgramRun.run("inspect", words + flags)
        try #require(run.status == 0 || run.status == 1, "\(table.command): \(run.error)")
        document = try JSONValue(parsing: Array(run.output.utf8))
        documents[table.command] = document
      }
      let theirs = Self.rows(try #require(document), table.section)
      for (number, row) in table.rows.enumerated() {
        let ulid = ["blocks", "odd"].contains(table.section) ? row.first { $0.key == "ULID" }?.value : nil
        let match =
          ulid.map { ulid in theirs.first { $0["ULID"]?.string == ulid } }
          ?? (theirs.indices.contains(number) ? theirs[number] : nil)
        let other = try #require(match, "\(table.command) has no row \(number) of \(table.section)")
        for (key, value) in row {
          cells += 1
          // Of many ULIDs people see three.
          if key == "ulids" { continue }
          #expect(value == Self.text(other[key]), "\(table.command), \(table.section), row \(number), \(key)")
        }
      }
    }
    // The figures at the top stand in the last row of their table, in the first of the bills.
    for (origin, value) in probe.figures {
      let (name, key) = (origin.prefix { $0 != "." }, origin.drop { $0 != "." }.dropFirst())
      let table = try #require(probe.tables.first { $0.section == name }, "\(origin)")
      let row = name == "bills" ? table.rows.first : table.rows.last
      #expect(row?.first { $0.key == key }?.value == value, "\(origin)")
    }
    return cells
  }

  private static func rows(_ document: JSONValue, _ section: String) -> [JSONObject] {
    let value = document.object?[section] ?? document
    return value.array?.compactMap(\.object) ?? value.object.map { [$0] } ?? []
  }

  private static func text(_ value: JSONValue?) -> String? {
    guard let value, value != .null else { return nil }
    return value.string ?? value.text()
  }

  // MARK: Looks

  @Test(
    "light or dark, wide or on a phone: everything is drawn, readable and within the page", arguments: [1280, 360],
    [false, true])
  func looks(width: Int, isDark: Bool) async throws {
    let data = try DataFolder(Fixtures.blocks)
    let folder = try TemporaryFolder()
    try AtomicFile.write(Array(Self.prices.utf8), to: "\(folder.path)/prices.yaml")
    let html = try await Self.page(["--tsdb.path", data.path, "--prices", "\(folder.path)/prices.yaml"])
    let probe = try await PageProbe(html, width: width, isDark: isDark)
    #expect(probe.number("width") == Int64(width) && probe.found["isDark"] == .bool(isDark))
    #expect(probe.found["ground"]?.string == (isDark ? "rgb(14, 19, 25)" : "rgb(245, 246, 248)"))
    #expect(try #require(probe.number("scrollWidth")) <= Int64(width))
    let charts = try #require(probe.number("charts"))
    #expect(charts >= 9 && charts == probe.number("figuresOfCharts"))
    #expect(probe.texts("flat").isEmpty && probe.number("unnamed") == 0)
    #expect(probe.texts("hanging").isEmpty, "beyond the edge of its chart: \(probe.texts("hanging"))")
    #expect(probe.texts("pale").isEmpty, "contrast below 4.5: \(probe.texts("pale"))")
    #expect(try #require(Double(probe.found["smallest"]?.text() ?? "")) >= 9, "text of charts is too small to read")
    #expect(probe.number("requests") == 0 && probe.number("foreign") == 0)
    #expect(probe.number("ids") == 0 && probe.number("links") == 0)
    #expect(probe.texts("sections") == ["timeline", "blocks", "growth", "index", "chunks", "plan"])
  }

  @Test("a browser logs nothing, and the page appears whole under its name")
  func log() async throws {
    let data = try DataFolder(Fixtures.blocks)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/report.html"
    let run = try await ProgramRun.run("inspect", ["report", "--html", path, "--tsdb.path", data.path])
    #expect(run.status == 0 && run.output.hasPrefix("\(path): "), "\(run.error)")
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["report.html"])
    #expect(try await Browser.log(of: path) == [])
    let html = String(decoding: try OpenFile(path).readAll(limit: 1 << 24), as: UTF8.self)
    #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"))
  }

  @Test("a label that is markup is text on the page")
  func hostile() async throws {
    let data = try DataFolder()
    let meta = "\(DataFolder.rawBlocks[1].suffix(26))/meta.json"
    let object = try #require(try JSONValue(parsing: try data.read(meta)).object)
    var changed = object
    let value =
      "</td></style><script>parent.postMessage('{}', '*')</script><img src=x onerror=alert(1)>\u{202e}\u{1b}[2J\""
    changed["thanos"] = .object([
      "labels": .object(["cluster": .string(value), "z": .string(String(repeating: "x", count: 3000))]),
      "downsample": .object(["resolution": .integer(0)]), "source": .string("test"),
    ])
    try data.write(JSONValue.object(changed).bytes(), to: meta)
    let html = try await Self.page(["--tsdb.path", data.path])
    let probe = try await PageProbe(html, width: 360)
    #expect(probe.number("foreign") == 0 && probe.number("requests") == 0)
    #expect(try #require(probe.number("scrollWidth")) <= 360)
    #expect(
      html.contains("&lt;script&gt;") && !html.contains("<script") && !html.contains("\u{1b}")
        && !html.contains("\u{202e}"))
  }

  // MARK: Odd sources

  @Test("a folder with only a write-ahead log, and one with nothing: a page that says so")
  func empty() async throws {
    let folder = try TemporaryFolder()
    let nothing = try await PageProbe(try await Self.page(["--tsdb.path", folder.path]), width: 360)
    #expect(nothing.texts("notices").contains { $0.contains("is empty") } && nothing.tables.isEmpty)
    try Directory.create("\(folder.path)/wal")
    let waiting = try await PageProbe(try await Self.page(["--tsdb.path", folder.path]), width: 360)
    #expect(waiting.texts("notices").contains { $0.contains("write-ahead log") })
    #expect(waiting.number("scrollWidth") == 360 && waiting.texts("pale").isEmpty)
  }

  @Test("a damaged block is told of on the page and by the status, and the rest is there")
  func damaged() async throws {
    let data = try DataFolder(Array(DataFolder.rawBlocks.prefix(2)))
    let block = String(DataFolder.rawBlocks[1].suffix(26))
    try data.flip("\(block)/index", at: 2000)
    let probe = try await PageProbe(try await Self.page(["--tsdb.path", data.path, "--block", block], status: 1))
    #expect(probe.texts("notices").contains { $0.contains(block) && $0.contains("index") })
    #expect(probe.texts("sections").contains("plan") && probe.texts("sections").contains("timeline"))
    // Without being named it is passed over for the next one.
    let chosen = try await PageProbe(try await Self.page(["--tsdb.path", data.path], status: 1))
    #expect(chosen.texts("sections").contains("index"))
  }

  @Test(
    "wrong usage ends with 2 and writes nothing",
    arguments: [
      (["--html", "x.html", "--by", "job,,a"], "--by"), (["--html", ""], "--html"),
      (["--html", "x.html", "--growth", "5"], "--growth"),
      (["--html", "x.html", "--limit", "-1"], "--limit"), ([], "--html"),
      (["--html", "x.html", "--block", "01M81B088QDAD3JHFN4993ETCC"], "01M81B088QDAD3JHFN4993ETCC"),
    ])
  func usage(flags: [String], expected: String) async throws {
    let folder = try TemporaryFolder()
    let data = try DataFolder()
    let arguments = flags.map { $0 == "x.html" ? "\(folder.path)/x.html" : $0 }
    let run = try await ProgramRun.run("inspect", ["report", "--tsdb.path", data.path] + arguments)
    #expect(run.status == 2 && run.error.contains(expected), "\(run.error)")
    #expect(try Directory.entries(of: folder.path).isEmpty)
  }

  @Test("a place that cannot be written to is known before blocks are read")
  func unwritable() async throws {
    let data = try DataFolder()
    let run = try await ProgramRun.run(
      "inspect", ["report", "--tsdb.path", data.path, "--html", "/nowhere/at/all.html"])
    #expect(run.status == 3 && run.error.contains("/nowhere/at"), "\(run.error)")
    let folder = try await ProgramRun.run("inspect", ["report", "--tsdb.path", data.path, "--html", data.path])
    #expect(folder.status == 2 && folder.error.contains("is a folder"), "\(folder.error)")
  }
}
