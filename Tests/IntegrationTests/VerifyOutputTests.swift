import Fixtures
import Glibc
import OrderedJSON
import Platform
import TSDB
import Testing

@testable import Verification

/// What `verify` writes, read by the programs that it is written for.
@Suite("what verify writes, in the hands of others", .timeLimit(.minutes(5)))
struct VerifyOutputTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let damaged = "01M81B088QDAD3JHFN4993ETCA"

  private func damagedData() throws -> DataFolder {
    let data = try DataFolder()
    try data.flip("\(Self.damaged)/chunks/000001", at: 5000)
    return data
  }

  /// Runs a line of the shell with arguments `$1`, `$2` …
  private func shell(_ script: String, _ arguments: String...) async throws -> (status: Int32, output: String, error: String) {
    try await Slots.processes.with {
      let program = try RunningProgram(words: ["/bin/sh", "-c", script, "sh"] + arguments)
      let status = await program.wait()
      return (status, program.output, program.error)
    }
  }

  @Test("sha256sum checks --sums, whatever the names are, and finds what differs")
  func sums() async throws {
    let ulid = try #require(ULID(Self.damaged))
    try Directory.create("\(folder.path)/\(ulid)/chunks")
    let names = ["index", "chunks/000001", "a b", "back\\slash", "line\nbreak", "return\rcarriage", "é", "*star", " lead"]
    var report = BlockReport(ulid)
    for name in names {
      let content = Array("content of \(name)".utf8)
      try AtomicFile.write(content, to: "\(folder.path)/\(ulid)/\(name)")
      let sum = try await shell("sha256sum <\"$1\"", "\(folder.path)/\(ulid)/\(name)").output.prefix(64)
      report.files.append(FileReport(path: name, size: UInt64(content.count), evidence: [], sha256: String(sum)))
    }
    var file = try SumsFile("\(folder.path)/sums")
    try await file.add(report)
    try await file.finish(
      RunEnd(finished: 0, seconds: 0, totals: RunTotals(), ending: .early("a comment must not be in its way")))
    let check = "cd \"$1\" && sha256sum -c --strict sums"
    let good = try await shell(check, folder.path)
    #expect(good.status == 0 && good.output.split(separator: "\n").count == names.count, "\(good.output)\(good.error)")
    // What the tool itself would have written.
    let theirs = try await shell("cd \"$1\" && sha256sum \"$2\"", folder.path, "\(ulid)/line\nbreak").output
    let mine = String(decoding: try OpenFile("\(folder.path)/sums").readAll(limit: 1 << 20), as: UTF8.self)
    #expect(mine.contains(theirs))
    try AtomicFile.write([1], to: "\(folder.path)/\(ulid)/line\nbreak")
    #expect(try await shell(check, folder.path).status == 1)
  }

  @Test(
    "every file of a folder is in --sums, and sha256sum agrees, at every level that reads",
    arguments: [VerificationLevel.checksum, .full])
  func allSums(_ level: VerificationLevel) async throws {
    let data = try DataFolder()
    let sums = "\(folder.path)/sums"
    let run = try await ProgramRun.run("verify", ["--tsdb.path", data.path, "--sums", sums, "--level", level.rawValue])
    #expect(run.status == 0, "\(run.output)\(run.error)")
    let checked = try await shell("cd \"$1\" && sha256sum -c --strict \"$2\"", data.path, sums)
    #expect(checked.status == 0, "\(checked.error)")
    let files = try DataFolder.files(below: data.path).map { String($0.dropFirst(data.path.utf8.count + 1)) }
    // meta.json is read to be understood, and not held against anything.
    let named = checked.output.split(separator: "\n").map { $0.split(separator: ":")[0] }.filter { !$0.hasSuffix("/meta.json") }
    #expect(named.map(String.init).sorted() == files.filter { !$0.hasSuffix("/meta.json") }.sorted())
  }

  @Test("a bucket's objects are in --sums as they are there, though its meta.json has no hashes")
  func bucketSums() async throws {
    let (bucket, sums, file) = ("\(Fixtures.root)/downsampled", "\(folder.path)/sums", "\(folder.path)/bucket.yaml")
    try AtomicFile.write(Array("type: FILESYSTEM\nconfig:\n  directory: \(bucket)\n".utf8), to: file)
    let run = try await ProgramRun.run("verify", ["--objstore.config-file", file, "--sums", sums, "--level", "full"])
    #expect(run.status == 0, "\(run.output)\(run.error)")
    let checked = try await shell("cd \"$1\" && sha256sum -c --strict \"$2\"", bucket, sums)
    #expect(checked.status == 0 && checked.output.split(separator: "\n").count == 6, "\(checked.output)\(checked.error)")
  }

  @Test("promtool takes the metrics, and others may read the file whatever the mask")
  func metrics() async throws {
    let data = try damagedData()
    let path = "\(folder.path)/verify.prom"
    let run = try await shell(
      "umask 077; exec \"$1\" --tsdb.path \"$2\" --metrics-file \"$3\"", "\(ProgramRun.folder)/verify", data.path, path)
    #expect(run.status == 1, "\(run.error)")
    let checked = try await shell("\"$1\" check metrics <\"$2\"", "\(ProgramRun.root)/.tools/bin/promtool", path)
    #expect(checked.status == 0 && checked.output + checked.error == "", "\(checked)")
    #expect(try await shell("stat -c %a \"$1\"", path).output == "644\n")
  }

  @Test("another program's parsers take the JUnit file and the documents")
  func documents() async throws {
    let data = try damagedData()
    let run = try await ProgramRun.run(
      "verify", ["--tsdb.path", data.path, "--output", "json", "--junit", "\(folder.path)/j", "--report", "\(folder.path)/r"])
    #expect(run.status == 1, "\(run.error)")
    try AtomicFile.write(Array(run.output.utf8), to: "\(folder.path)/d")
    let script = """
      import json, sys, xml.etree.ElementTree as xml
      folder = sys.argv[1]
      suites = xml.parse(folder + "/j").getroot()
      suite = suites.find("testsuite")
      cases = suite.findall("testcase")
      assert int(suite.get("tests")) == int(suites.get("tests")) == len(cases) == 3, suite.attrib
      assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == 1
      assert suite.find("testcase/failure").get("type") == "chunk-crc-mismatch"
      document = json.load(open(folder + "/d"))
      lines = [json.loads(line) for line in open(folder + "/r")]
      assert [line["block"] for line in lines[:-1]] == document["blocks"]
      assert document["totals"] == lines[-1]["totals"] and document["complete"] is True
      """
    let checked = try await shell("exec python3 -c \"$1\" \"$2\"", script, folder.path)
    #expect(checked.status == 0, "\(checked.error)")
  }

  @Test("explain and status are commands of their own, with statuses of their own")
  func subcommands() async throws {
    let all = try await ProgramRun.run("verify", ["explain"])
    #expect(all.status == 0 && all.output.contains("\nchunk-crc-mismatch"))
    let one = try await ProgramRun.run("verify", ["explain", "chunk-crc-mismatch"])
    #expect(one.status == 0 && one.output.contains("\nWhat to do\n"))
    let none = try await ProgramRun.run("verify", ["explain", "chunk-crc-mismach"])
    #expect(none.status == 2 && none.output == "")
    let meant = "no finding is called chunk-crc-mismach; did you mean chunk-crc-mismatch?"
    #expect(none.error == "verify explain: \(meant) (see 'verify explain --help')\n")

    let ledger = "\(folder.path)/ledger"
    #expect(try await ProgramRun.run("verify", ["status", "--ledger", ledger]).status == 2)
    let data = try damagedData()
    #expect(try await ProgramRun.run("verify", ["--tsdb.path", data.path, "--ledger", ledger]).status == 1)
    let status = try await ProgramRun.run("verify", ["status", "--ledger", ledger])
    #expect(status.status == 1 && status.output.contains("error: chunk-crc-mismatch: 1 in \(Self.damaged)\n"))
  }

  @Test("wrong values are refused with the flag's name", arguments: [
    ["--budget", "10"], ["--max-findings", "-1"], ["--report", ""], ["--ledger", ""], ["--sums", "x", "--junit", "x"],
    ["--output", "csv"], ["--metrics-file", "/no/such/folder/x"], ["--ledger", "/no/such/folder/x"],
  ])
  func usage(_ arguments: [String]) async throws {
    let data = try DataFolder()
    let run = try await ProgramRun.run("verify", ["--tsdb.path", data.path] + arguments)
    #expect(run.status == 2 && run.output == "", "\(run.output)")
    #expect(!run.error.contains("Missing value"), "\(run.error)")
    #expect(run.error.contains(arguments[0]) && run.error.split(separator: "\n").count == 1, "\(run.error)")
  }

  // MARK: kill -9

  /// Twelve blocks of a megabyte.
  private func manyBlocks() throws -> String {
    let path = "\(folder.path)/data"
    try Directory.create("\(path)/wal")
    for number in 0..<12 {
      let hours = Int64(number) * 2
      try GeneratedBlock(
        "01HF5EN80000000000000000\(number < 10 ? "A\(number)" : "B\(number - 10)")",
        from: 1_700_006_400_000 + hours * 3_600_000, hours: 2, segments: [1 << 20]
      ).write(in: path, seed: UInt64(number))
    }
    return path
  }

  @Test("killed at any moment, it leaves a ledger and a report that are true, and the next run goes on", arguments: 0..<10)
  func killed(_ seed: Int) async throws {
    try await Slots.processes.with {
      var random = SeededRandom(seed: UInt64(seed))
      let data = try manyBlocks()
      let (ledger, report, metrics) = ("\(folder.path)/ledger", "\(folder.path)/report", "\(folder.path)/m.prom")
      let arguments = ["--tsdb.path", data, "--ledger", ledger, "--report", report, "--metrics-file", metrics]
      var lines = 0
      for round in 0..<3 {
        let wanted = lines + Int.random(in: 0..<5, using: &random)
        let program = try RunningProgram("verify", arguments + (round == 2 ? ["--output", "json"] : []))
        let status = await program.kill { Self.lines(of: report).count >= wanted && Self.exists(ledger) }
        #expect([-SIGKILL, 0].contains(status), "\(program.error)")
        // Each line but the last is whole, whatever came.
        let written = Self.lines(of: report)
        for line in written.dropLast() { #expect(throws: Never.self) { try JSONValue(parsing: Array(line)) } }
        let contents = try LedgerContents(ledger)
        let checked = contents.sources.values.first?.values.count { $0.lastCheck(atLeast: .checksum, now: .max) != nil } ?? 0
        let reported = Set(written.compactMap { Self.block(of: Array($0)) })
        // The report has a block before the ledger does.
        #expect(checked <= reported.count && reported.count <= checked + 1 && reported.count <= 12)
        lines = written.count
        if status == 0 { break }
        if Self.exists(metrics) { #expect(try Self.isWhole(metrics), "half a file") }
      }
      let last = try RunningProgram("verify", arguments)
      #expect(await last.wait() == 0, "\(last.error)")
      let coverage = try await CoverageReport(ledger: ledger)
      #expect(coverage.text(.table).contains("     12  checksum  12   12    12  "), "\(coverage.text(.table))")
      #expect(Self.exists(metrics))
      let names = Set(try Directory.entries(of: folder.path).map(\.name))
      #expect(names == ["data", "ledger", "ledger.lock", "report", "m.prom"], "what killed runs left is cleared away")
    }
  }

  private static func isWhole(_ metrics: String) throws -> Bool {
    let last = try OpenFile(metrics).readAll(limit: 1 << 20).split(separator: 0x0A).last
    return last?.starts(with: MetricsFile.lastGoodRun.utf8) ?? false
  }

  private static func exists(_ path: String) -> Bool { (try? Directory.status(of: path)) != nil }

  private static func lines(of path: String) -> [ArraySlice<UInt8>] {
    ((try? OpenFile(path).readAll(limit: 1 << 24)) ?? []).split(separator: 0x0A)
  }

  private static func block(of line: [UInt8]) -> String? {
    (try? JSONValue(parsing: line))?.object?["block"]?.object?["ulid"]?.string
  }

  @Test("two runs with one ledger: the second one is refused with the first one's process ID")
  func twoRuns() async throws {
    let path = "\(folder.path)/ledger"
    let mine = try Ledger(path)
    let data = try DataFolder()
    let run = try await ProgramRun.run("verify", ["--tsdb.path", data.path, "--ledger", path])
    #expect(run.status == 3 && run.error.contains("another run, pid \(getpid()), is at work with it"), "\(run.error)")
    mine.release()
    #expect(try await ProgramRun.run("verify", ["--tsdb.path", data.path, "--ledger", path]).status == 0)
  }
}
