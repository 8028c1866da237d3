import Console
import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import Synchronization
import TSDB
import Testing

@testable import Verification

@Suite("a run of verify with its outputs")
struct VerificationRunTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ subject: Verification.Subject, outputs: OutputOptions = OutputOptions(), rolling: RollingOptions = RollingOptions(),
    write: @escaping (String) throws -> Void = { _ in }
  ) async throws -> Console.ExitStatus {
    var candidates = RepairCandidates()
    return try await VerificationRun(subject, outputs: outputs, rolling: rolling, progress: .none, logger: silent)
      .run(candidates: &candidates, write)
  }

  private func options(_ format: OutputOptions.Format = .table) -> OutputOptions {
    var options = OutputOptions()
    options.format = format
    options.reportPath = "\(folder.path)/report"
    options.sumsPath = "\(folder.path)/sums"
    options.metricsPath = "\(folder.path)/metrics"
    options.junitPath = "\(folder.path)/junit"
    return options
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try OpenFile("\(folder.path)/\(name)").readAll(limit: 1 << 24), as: UTF8.self)
  }

  @Test("every output agrees on what was found")
  func outputs() async throws {
    let data = try DataFolder()
    try data.flip("\(Sample.ulid)/chunks/000001", at: 5000)
    let written = Written()
    let status = try await run(.folder(data.path), outputs: options(.json)) { written.append($0) }
    #expect(status == .findings)
    let document = try #require(try JSONValue(parsing: Array(written.text.utf8)).object)
    #expect(document["blocks"]?.array?.count == 3 && document["complete"]?.bool == true)
    let lines = try text("report").split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)).object }
    #expect(lines.count == 4 && lines.prefix(3).map { $0?["block"] } == document["blocks"]?.array?.map { $0 })
    #expect(lines.last??["totals"] == document["totals"])
    #expect(try text("metrics").contains("id=\"chunk-crc-mismatch\",severity=\"error\"} 1\n"))
    #expect(try text("junit").contains(" tests=\"3\" failures=\"1\" errors=\"0\" "))
    #expect(Set(try Directory.entries(of: folder.path).map(\.name)) == ["report", "sums", "metrics", "junit"])
  }

  @Test("an output that cannot be written ends the run before the source is touched", arguments: 0..<5)
  func unwritable(_ number: Int) async throws {
    var (outputs, rolling) = (OutputOptions(), RollingOptions())
    let path = "\(folder.path)/missing/file"
    switch number {
    case 0: outputs.reportPath = path
    case 1: outputs.sumsPath = path
    case 2: outputs.metricsPath = path
    case 3: outputs.junitPath = path
    default: rolling.ledgerPath = path
    }
    let error = await #expect(throws: (any Error).self) {
      // A source that is not there would be the error if it were looked at first.
      _ = try await run(.folder("\(folder.path)/no-source"), outputs: outputs, rolling: rolling)
    }
    #expect((error as? any ErrorWithExitStatus)?.exitStatus == .usage, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("a disk that fills up does not stop the check, and the end is not good")
  func fullDisk() async throws {
    let data = try DataFolder()
    var outputs = options()
    outputs.reportPath = "/dev/full"
    let written = Written()
    let status = try await run(.folder(data.path), outputs: outputs) { written.append($0) }
    #expect(status == .unfinished)
    #expect(written.text.contains("3 good, 0 bad, 0 findings"))
    #expect(try text("junit").contains(" tests=\"3\" "))
  }

  @Test("nothing at all is a warning", arguments: OutputOptions.Format.allCases)
  func nothing(_ format: OutputOptions.Format) async throws {
    let data = try DataFolder([])
    let written = Written()
    #expect(try await run(.folder(data.path), outputs: options(format)) { written.append($0) } == .findings)
    #expect(written.text.contains("no-blocks"))
    #expect(try text("metrics").contains("id=\"no-blocks\",severity=\"warning\"} 1\n"))
  }

  @Test("a run that is interrupted leaves every output whole, and each says so", arguments: OutputOptions.Format.allCases)
  func interrupted(_ format: OutputOptions.Format) async throws {
    let report = "\(folder.path)/report"
    let bucket = HaltingBucket(
      FileSystemBucket(directory: "\(Fixtures.root)/downsampled"), at: "01M81B0KSSX5FCZ5868AE5R719/"
    ) {
      // Another block is on record.
      ((try? Directory.status(of: report))?.size ?? 0) > 0
    }
    try AtomicFile.write(
      Array("\(MetricsFile.lastGoodRun){source=\"\(bucket.location)\"} 5\n".utf8), to: "\(folder.path)/metrics")
    let written = Written()
    let outputs = options(format)
    let task = Task {
      // Cancelled through the bucket, which has to know the task first.
      try await Task.sleep(for: .milliseconds(1))
      _ = try await run(.bucket(bucket), outputs: outputs) { written.append($0) }
    }
    bucket.task.withLock { $0 = task }
    await #expect(throws: CancellationError.self) { try await task.value }
    if format == .json {
      let document = try #require(try JSONValue(parsing: Array(written.text.utf8)).object)
      #expect(document["ended_early"]?.string == "interrupted" && document["complete"]?.bool == false)
      #expect((1...2).contains(document["blocks"]?.array?.count ?? 0))
    } else {
      #expect(written.text.hasPrefix("BLOCK") && written.text.hasSuffix("ended early: not every block was checked\n"))
    }
    let last = try #require(try text("report").split(separator: "\n").last)
    #expect(try JSONValue(parsing: Array(last.utf8)).object?["ended_early"]?.string == "interrupted")
    #expect(try text("junit").contains("ended early: interrupted"))
    #expect(try text("metrics").contains("last_run_complete{source=\"\(bucket.location)\"} 0\n"))
    #expect(try text("metrics").hasSuffix("\"} 5\n"))
    #expect(try text("sums").hasSuffix("# ended early: not every block was checked\n"))
  }

  @Test("a source that cannot be read at all is told to who watches the outputs")
  func noSource() async throws {
    let written = Written()
    await #expect(throws: DataDirectory.NotATSDB.self) {
      _ = try await run(.folder("\(folder.path)/none"), outputs: options()) { written.append($0) }
    }
    #expect(written.text == "")
    #expect(try text("metrics").contains("last_run_complete{source=\"\(folder.path)/none\"} 0\n"))
    #expect(try text("junit").contains(" tests=\"1\" failures=\"0\" errors=\"1\" "))
  }

  @Test("a budget of bytes stops at the boundary of a block, and says how much of the whole that was")
  func byteBudget() async throws {
    let data = try DataFolder()
    let written = Written()
    let status = try await run(.folder(data.path), rolling: RollingOptions(budget: .bytes(1))) { written.append($0) }
    #expect(status == .good)
    #expect(written.text.contains("\nthe budget of 1 B is used up: 1 of 3 blocks (33.3 %) were checked; "))
    #expect(written.text.hasSuffix("; without --ledger the next run begins with the same ones\n"))
    let all = Written()
    #expect(try await run(.folder(data.path), rolling: RollingOptions(budget: .bytes(1 << 40))) { all.append($0) } == .good)
    #expect(all.text.contains("3 good") && !all.text.contains("budget"))
  }

  @Test("a budget of time stops likewise, and however short it is, run after run checks a block and covers everything")
  func timeBudget() async throws {
    let data = try DataFolder()
    let rolling = RollingOptions(budget: .time(.nanoseconds(1)), ledgerPath: "\(folder.path)/ledger")
    for _ in 0..<3 {
      let written = Written()
      #expect(try await run(.folder(data.path), rolling: rolling) { written.append($0) } == .good)
      #expect(written.text.contains("\n1 good, 0 bad, 0 findings"))
      #expect(written.text.contains("\nthe budget of 0s is used up: 1 of 3 blocks (33.3 %)"))
    }
    #expect(try await CoverageReport(ledger: "\(folder.path)/ledger").text(.table).contains("3  checksum   3    3     3  "))
  }

  private func lastGoodRun() throws -> Double? {
    try text("metrics").split(separator: "\n").first { $0.hasPrefix(MetricsFile.lastGoodRun + "{") }?.split(separator: " ")
      .last.flatMap { Double($0) }
  }

  @Test("bit by bit, a run is good once all blocks were checked, and no more while something stands against one")
  func goodBitByBit() async throws {
    let data = try DataFolder()
    let rolling = RollingOptions(budget: .bytes(1), ledgerPath: "\(folder.path)/ledger")
    for expected in [false, false, true] {
      #expect(try await run(.folder(data.path), outputs: options(), rolling: rolling) == .good)
      #expect((try lastGoodRun() ?? 0 > 0) == expected)
      #expect(try text("metrics").contains("last_run_complete{source=\"\(data.path)\"} 0\n"))
    }
    try data.flip("\(Sample.ulid)/chunks/000001", at: 5000)
    #expect(try await run(.folder(data.path), rolling: RollingOptions(ledgerPath: "\(folder.path)/ledger")) == .findings)
    let last = try lastGoodRun()
    // The other two blocks: each run by itself finds nothing.
    for _ in 0..<2 {
      let status = try await run(.folder(data.path), outputs: options(), rolling: rolling)
      #expect(try lastGoodRun() == last, "\(status)")
    }
  }

  @Test("without a ledger a run over a part of the blocks is no good run")
  func partIsNotGood() async throws {
    let data = try DataFolder()
    #expect(try await run(.folder(data.path), outputs: options(), rolling: RollingOptions(budget: .bytes(1))) == .good)
    #expect(try lastGoodRun() == 0)
    #expect(try await run(.folder(data.path), outputs: options()) == .good)
    #expect(try #require(try lastGoodRun()) > 0)
    #expect(try text("metrics").contains("last_run_complete{source=\"\(data.path)\"} 1\n"))
  }

  @Test("what is read is counted while it is read, and in the end it is all there is", arguments: VerificationLevel.allCases)
  func progress(_ level: VerificationLevel) async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    for subject in [shipment.folder, shipment.alone, shipment.copy] {
      let steps = Mutex<[UInt64]>([])
      var total: UInt64?
      try await Verification(subject, options: VerificationOptions(level: level), logger: silent).run(
        begin: { total = $1 },
        read: { bytes in steps.withLock { $0.append(bytes) } }, checked: { _ in })
      let all = steps.withLock { $0 }
      #expect(all.reduce(0, +) == total && all.reduce(0, +) > 100_000, "\(subject.source)")
      // Not only when a block is done.
      if level == .full { #expect(all.count > 4, "\(subject.source): \(all)") }
    }
  }

  @Test("with a ledger, run after run covers everything, in a bucket too", arguments: [true, false])
  func rolling(_ isBucket: Bool) async throws {
    let data = try DataFolder()
    let path = "\(folder.path)/ledger"
    let subject: Verification.Subject =
      isBucket ? .bucket(FileSystemBucket(directory: "\(Fixtures.root)/downsampled")) : .folder(data.path)
    var checked: [String] = []
    for _ in 0..<4 {
      let written = Written()
      var outputs = OutputOptions()
      outputs.format = .json
      _ = try await run(subject, outputs: outputs, rolling: RollingOptions(budget: .bytes(1), ledgerPath: path)) {
        written.append($0)
      }
      let document = try #require(try JSONValue(parsing: Array(written.text.utf8)).object)
      let words = document["budget_reached"]?.string
      #expect(words?.hasSuffix("1 of 3 blocks (33.3 %) were checked; the next run goes on with the others") == true)
      checked += (document["blocks"]?.array ?? []).compactMap { $0.object?["ulid"]?.string }
    }
    #expect(checked.count == 4 && Set(checked.prefix(3)).count == 3 && checked[3] == checked[0])
    let report = try await CoverageReport(ledger: path)
    #expect(report.status == .good && report.text(.table).contains("3  checksum   3    3     3  "))
  }

  @Test("a run that is not allowed to end well keeps its ledger for the next one")
  func ledgerIsReleased() async throws {
    let path = "\(folder.path)/ledger"
    for _ in 0..<2 {
      await #expect(throws: DataDirectory.NotATSDB.self) {
        _ = try await run(.folder("\(folder.path)/none"), rolling: RollingOptions(ledgerPath: path))
      }
    }
  }
}
