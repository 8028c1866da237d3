import Console
import Fixtures
import Glibc
import OrderedJSON
import Platform
import TSDB
import Testing

@testable import ObjectStore
@testable import Verification

@Suite("files that a run writes")
struct OutputFilesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/out" }
  private func text() throws -> String { String(decoding: try OpenFile(path).readAll(limit: 1 << 20), as: UTF8.self) }

  // MARK: --report

  @Test("--report has a line for each block as soon as it is checked, and one with the totals")
  func report() async throws {
    var file = try ReportFile(path)
    try await file.begin(Sample.description)
    try await file.add(Sample.block(ulid(1), [.chunkChecksum]))
    #expect(try text().split(separator: "\n").count == 1)
    try await file.add(Sample.block(ulid(2)))
    try await file.add(BucketReport())
    try await file.add(BucketReport(findings: [Sample.finding(.noBlocks)]))
    try await file.finish(Sample.end([Sample.block()]))
    let lines = try text().split(separator: "\n").map { try #require(try JSONValue(parsing: Array($0.utf8)).object) }
    #expect(lines.map { $0.members.last?.key } == ["block", "block", "bucket", "complete"])
    #expect(lines.allSatisfy { $0["run"]?.string == "2023-11-14T22:13:20.000Z" && $0["version"] == .integer(1) })
    #expect(lines[0]["block"]?.object?["findings"]?.array?.count == 1)
    #expect(lines[3]["totals"]?.object?["blocks"]?.object?["checked"] == .integer(1))
  }

  @Test("lines are added behind those of other runs, also behind one that is torn")
  func torn() async throws {
    try AtomicFile.write(Array("{\"a\":1}\n{\"torn".utf8), to: path)
    var file = try ReportFile(path)
    try await file.begin(Sample.description)
    try await file.add(Sample.block())
    let lines = try text().split(separator: "\n")
    #expect(lines.prefix(2) == ["{\"a\":1}", "{\"torn"] && lines.count == 3)
    #expect(throws: Never.self) { try JSONValue(parsing: Array(lines[2].utf8)) }
  }

  // MARK: --sums

  @Test("--sums appears whole at the end; before, the old one stays")
  func sums() async throws {
    try AtomicFile.write(Array("old\n".utf8), to: path)
    var file = try SumsFile(path)
    try await file.add(Sample.block(ulid(1), sha256: "ab"))
    try await file.add(Sample.block(ulid(2)))
    #expect(try text() == "old\n")
    try await file.finish(Sample.end())
    #expect(try text() == "ab  \(ulid(1))/chunks/000001\nab  \(ulid(1))/index\n")
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["out"])
  }

  @Test("--sums of a run that ended early has what was read, and says that it is not all")
  func sumsEarly() async throws {
    var file = try SumsFile(path)
    try await file.add(Sample.block(ulid(1), sha256: "ab"))
    try await file.finish(Sample.end([], .early("x")))
    #expect(try text().split(separator: "\n").map { $0.prefix(4) } == ["ab  ", "ab  ", "# en"])
  }

  @Test(
    "names are escaped as coreutils does it",
    arguments: [
      ("plain", "ab  plain\n"), ("a b", "ab  a b\n"), ("a\\b", "\\ab  a\\\\b\n"), ("a\nb\rc", "\\ab  a\\nb\\rc\n"),
      ("é\u{301}", "ab  é\u{301}\n"),
    ])
  func names(_ name: String, _ line: String) {
    #expect(Array(SumsFile.line(of: name, sha256: "ab").utf8) == Array(line.utf8))
  }

  // MARK: --metrics-file

  @Test("the metrics of a run, with all kinds of findings")
  func metrics() {
    let blocks = [Sample.block(ulid(1), [.chunkChecksum, .chunkChecksum]), Sample.block(ulid(2), [.timeGap])]
    let lines = MetricsFile.text(Sample.end(blocks), source: "s3://a \"b\"", before: "").split(separator: "\n")
    let source = #"source="s3://a \"b\"""#
    for line in [
      "# TYPE blockhaul_verify_findings gauge", "blockhaul_verify_blocks_checked{\(source)} 2",
      #"blockhaul_verify_blocks{\#(source),state="good"} 1"#, #"blockhaul_verify_blocks{\#(source),state="bad"} 1"#,
      #"blockhaul_verify_findings{\#(source),id="chunk-crc-mismatch",severity="error"} 2"#,
      #"blockhaul_verify_findings{\#(source),id="time-gap",severity="note"} 1"#,
      #"blockhaul_verify_findings{\#(source),id="missing-object",severity="error"} 0"#,
      "blockhaul_verify_checked_bytes{\(source)} 2200", "blockhaul_verify_duration_seconds{\(source)} 2.5",
      "blockhaul_verify_last_run_timestamp_seconds{\(source)} 1700000001.5",
      "blockhaul_verify_last_good_run_timestamp_seconds{\(source)} 0",
    ] { #expect(lines.contains { $0 == line }, "\(line)") }
    #expect(lines.count { $0.hasPrefix("blockhaul_verify_findings{") } == Finding.ID.allCases.count)
    // A family's series stand together, below its help and type.
    var names: [Substring] = []
    for line in lines where line.hasPrefix("# HELP ") { names.append(line.split(separator: " ")[2]) }
    #expect(Set(names).count == names.count)
  }

  @Test(
    "when the last good run was is kept until there is another",
    arguments: [
      ([], .complete, 1_700_000_001.5), ([.timeGap], .complete, 1_700_000_001.5), ([], .budget("b"), 5.25),
      ([.strayObject], .complete, 5.25), ([], .early("e"), 5.25),
    ] as [([Finding.ID], RunEnd.Ending, Double)])
  func lastGoodRun(_ findings: [Finding.ID], _ ending: RunEnd.Ending, _ expected: Double) throws {
    func good(_ text: String) -> Double? {
      text.split(separator: "\n").first { $0.hasPrefix(MetricsFile.lastGoodRun + "{") }?.split(separator: " ").last
        .flatMap { Double($0) }
    }
    let before = """
      \(MetricsFile.lastGoodRun){source="other"} 9
      \(MetricsFile.lastGoodRun){source="mine"} 5.25
      \(MetricsFile.lastGoodRun){source="mine2"} 7
      """
    let end = Sample.end([Sample.block(Sample.ulid, findings)], ending)
    #expect(good(MetricsFile.text(end, source: "mine", before: before)) == expected)
    var unproved = Sample.block(Sample.ulid, [])
    unproved.files = [FileReport(path: "index", size: 1, evidence: [.size])]
    unproved.markUnproved("index")
    #expect(good(MetricsFile.text(Sample.end([unproved], .complete), source: "mine", before: before)) == 5.25)
    // Without a single block nothing was proved.
    #expect(good(MetricsFile.text(Sample.end([], .complete), source: "mine", before: before)) == 5.25)
    // Of another source, or a file that is something else, nothing is taken over.
    if expected == 5.25 {
      for other in ["", "garbage\n\0", "\(MetricsFile.lastGoodRun){source=\"mine\"} soon"] {
        #expect(good(MetricsFile.text(end, source: "mine", before: other)) == 0)
      }
    }
  }

  @Test("the metrics file appears in one step and can be read by others")
  func metricsFile() async throws {
    try AtomicFile.write(Array("\(MetricsFile.lastGoodRun){source=\"s3://thanos\"} 5\n".utf8), to: path)
    var file = try MetricsFile(path)
    try await file.begin(Sample.description)
    try await file.add(Sample.block(Sample.ulid, [.chunkChecksum]))
    #expect(try text().split(separator: "\n").count == 1)
    try await file.finish(Sample.end([Sample.block(Sample.ulid, [.chunkChecksum])]))
    #expect(try text().contains("\n\(MetricsFile.lastGoodRun){source=\"s3://thanos\"} 5\n"))
    var status = stat()
    #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644)
  }

  // MARK: --junit

  @Test("--junit has a case for each block, with counts that agree")
  func junit() async throws {
    var file = try JUnitFile(path)
    try await file.begin(Sample.description)
    try await file.add(Sample.block(ulid(1)))
    try await file.add(Sample.block(ulid(2), [.timeGap]))
    let unfinished = [Unfinished(file: "k", reason: "r")]
    try await file.add(Sample.block(ulid(3), [.chunkChecksum, .strayObject], unfinished: unfinished))
    try await file.add(Sample.block(ulid(4), unfinished: [Unfinished(file: "k", reason: "denied")]))
    try await file.add(BucketReport(findings: [Sample.finding(.noBlocks)]))
    #expect(throws: FileError.self) { try text() }
    try await file.finish(Sample.end())
    let suites = try XMLElement(parsing: Array(try text().utf8))
    let cases = try #require(suites["testsuite"]).all("testcase")
    #expect(cases.map { $0.children.map(\.name) } == [[], ["system-out"], ["failure"], ["error"], ["failure"]])
    #expect(cases[2]["failure"]?.text.split(separator: "\n").count == 3)
    #expect(
      try text().contains(#"<testsuites name="verify" tests="5" failures="2" errors="1" skipped="0" time="2.500">"#))
    #expect(try text().contains("<testcase classname=\"verify.full\" name=\"\(ulid(1))\" time=\"1.250\"/>"))
    #expect(try text().contains("<error type=\"unfinished\" message=\"denied\">unfinished: k: denied</error>"))
    #expect(try text().contains(" timestamp=\"2023-11-14T22:13:20\">"))
  }

  @Test("--junit of a run that ended early has a case for that")
  func junitEarly() async throws {
    var file = try JUnitFile(path)
    try await file.begin(Sample.description)
    try await file.add(Sample.block())
    try await file.finish(Sample.end([], .early("the line is dead")))
    let cases = try #require(try XMLElement(parsing: Array(try text().utf8))["testsuite"]).all("testcase")
    #expect(cases.count == 2 && cases[1]["error"]?.text == "unfinished: s3://thanos: ended early: the line is dead")
    #expect(try text().contains(" tests=\"2\" failures=\"0\" errors=\"1\" "))
  }

  @Test("whatever a key, a label or an error holds, the document is well-formed")
  func hostile() async throws {
    let evil = "\0\u{1}\u{B}\u{FFFE}<![CDATA[]]>&amp;\"'\n\r\t</failure>\u{1F600}"
    var file = try JUnitFile(path)
    try await file.begin(RunDescription(started: 0, source: evil, level: .full))
    var block = Sample.block()
    block.findings = [Finding(.strayObject, block: nil, file: evil, series: evil, evil)]
    try await file.add(block)
    try await file.finish(Sample.end([], .early(evil)))
    let failure = try #require(try XMLElement(parsing: Array(try text().utf8))["testsuite"]?.children.first?["failure"])
    #expect(failure.text.hasPrefix("warning: stray-object: "))
    let replaced = "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
    let message = "\(replaced)&lt;![CDATA[]]&gt;&amp;amp;&quot;'&#10;&#13;&#9;&lt;/failure&gt;\u{1F600}"
    #expect(try text().contains("message=\"\(message)\""))
  }

  @Test("cases of many windows arrive whole")
  func manyCases() async throws {
    var file = try JUnitFile(path)
    try await file.begin(Sample.description)
    for number in 0..<2_000 { try await file.add(Sample.block(ulid(number), [.chunkChecksum])) }
    try await file.finish(Sample.end())
    let cases = try XMLElement(parsing: Array(try text().utf8))["testsuite"]?.all("testcase")
    #expect(cases?.count == 2_000)
  }

  // MARK: Paths that cannot be written

  @Test(
    "a path that cannot be written is refused at once, in one line that names the option",
    arguments: ["report", "sums", "metrics", "junit"])
  func unwritable(_ output: String) throws {
    try AtomicFile.write([], to: "\(folder.path)/file")
    for path in ["\(folder.path)/missing/out", folder.path, "\(folder.path)/file/out", "/proc/out"] {
      var options = OutputOptions()
      switch output {
      case "report": options.reportPath = path
      case "sums": options.sumsPath = path
      case "metrics": options.metricsPath = path
      default: options.junitPath = path
      }
      let error = #expect(throws: UnwritableOutput.self) { _ = try options.openFiles() }
      #expect(error?.exitStatus == .usage)
      let description = error?.description ?? ""
      #expect(description.hasPrefix("--\(output)") && description.contains(folder.path) || description.contains("/proc"))
      #expect(!description.contains("\n") && description.hasSuffix("give a file that can be written"))
    }
    #expect(try Directory.entries(of: folder.path).map(\.name) == ["file"])
  }

  // MARK: Paths that must not be written

  private func check(
    _ paths: [String: String], ledger: String? = nil, against subject: Verification.Subject
  ) throws(UnwritableOutput) {
    var options = OutputOptions()
    options.reportPath = paths["--report"]
    options.sumsPath = paths["--sums"]
    options.metricsPath = paths["--metrics-file"]
    options.junitPath = paths["--junit"]
    try OutputPaths(options, RollingOptions(ledgerPath: ledger)).check(against: subject)
  }

  @Test("a folder is no copy of itself")
  func sameSides() throws {
    let folder = try TemporaryFolder()
    let bucket = FileSystemBucket(directory: folder.path)
    let error = #expect(throws: NoCopy.self) {
      try Verification.Subject.copy(folder: "\(folder.path)/.", bucket: bucket).checkSides()
    }
    #expect(error?.exitStatus == .usage)
    let other = try TemporaryFolder()
    try Verification.Subject.copy(folder: other.path, bucket: bucket).checkSides()
    try Verification.Subject.bucket(bucket).checkSides()
  }

  @Test(
    "nothing is written into what is verified, however it is spelled",
    arguments: ["--report", "--sums", "--metrics-file", "--junit", "--ledger"], [true, false])
  func inside(_ option: String, _ isBucket: Bool) throws {
    let data = try DataFolder()
    let block = "\(data.path)/\(Sample.ulid)"
    try symbolicLink(data.path, "\(folder.path)/way")
    try symbolicLink("\(block)/index", "\(folder.path)/link")
    try symbolicLink("\(block)/none", "\(folder.path)/dangling")
    try Directory.create("\(folder.path)/disk/chunks")
    try symbolicLink("\(folder.path)/disk", "\(data.path)/01M8000000000000000000000Z")
    let subject: Verification.Subject =
      isBucket
      ? .bucket(PrefixedBucket(FileSystemBucket(directory: "\(data.path)/"), prefix: "p")) : .folder("\(folder.path)/way/")
    for path in [
      "\(block)/index", "\(block)/new", "\(data.path)/out", "\(data.path)/./wal/../out", "\(folder.path)/way/out",
      "\(folder.path)/link", "\(folder.path)/dangling", "\(folder.path)/disk/chunks/000001",
    ] {
      let error = #expect(throws: UnwritableOutput.self, "\(path)") {
        try check([option: path], ledger: option == "--ledger" ? path : nil, against: subject)
      }
      #expect(error?.exitStatus == .usage && error?.description.hasPrefix("\(option): \(path) lies in the ") == true)
    }
    #expect(throws: Never.self) {
      try check([option: "\(data.path)-out"], ledger: "\(folder.path)/l", against: subject)
    }
  }

  @Test(
    "two outputs in one file are refused, however it is spelled",
    arguments: [
      ("out", "out"), ("out", "./out"), ("out", "link"), ("link", "sub/../out"), ("new", "to-new"), ("to-new", "way/new"),
    ])
  func same(_ one: String, _ other: String) throws {
    try AtomicFile.write([], to: path)
    try Directory.create("\(folder.path)/sub")
    for (target, name) in [("out", "link"), ("new", "to-new"), (".", "way")] {
      try symbolicLink(target, "\(folder.path)/\(name)")
    }
    let (one, other) = ("\(folder.path)/\(one)", "\(folder.path)/\(other)")
    let subject = Verification.Subject.folder("\(folder.path)/none")
    let error = #expect(throws: UnwritableOutput.self) { try check(["--sums": one, "--junit": other], against: subject) }
    #expect(error?.description == "--sums and --junit: both name \(other); give each a file of its own")
    #expect(throws: UnwritableOutput.self) { try check(["--report": one], ledger: other, against: subject) }
    #expect(throws: UnwritableOutput.self) { try check(["--report": "\(path).lock"], ledger: path, against: subject) }
    #expect(throws: Never.self) { try check(["--report": one, "--sums": "\(one)2"], ledger: "\(one)3", against: subject) }
  }

  @Test("a link is followed, and not replaced")
  func link() async throws {
    try AtomicFile.write(Array("old".utf8), to: "\(folder.path)/target")
    try symbolicLink("target", path)
    var file = try SumsFile(path)
    try await file.add(Sample.block(ulid(1), sha256: "ab"))
    try await file.finish(Sample.end())
    #expect(try OpenFile("\(folder.path)/target").readAll(limit: 1000).starts(with: Array("ab  ".utf8)))
    #expect(try Directory.entries(of: folder.path).filter(\.isLink).map(\.name) == ["out"])
  }

  @Test("a device is not replaced by a file", arguments: ["/dev/null", "/dev/stdout"])
  func device(_ path: String) {
    var options = OutputOptions()
    options.junitPath = path
    #expect(throws: UnwritableOutput.self) { _ = try options.openFiles() }
  }
}
