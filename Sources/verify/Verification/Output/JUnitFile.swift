import Console
import Platform
import Quantities
import TSDB

/// `--junit`: a test case for each block, for the pages of a CI server.
///
/// The counts stand before the cases, so these lie in a file without a name until the end.
struct JUnitFile: ReportSink {
  private let file: OutputFile
  private let cases: ScratchFile
  private var run = RunDescription(started: 0, source: "", level: .checksum)
  private var tests = 0
  private var failures = 0
  private var errors = 0

  /// Blocks.
  /// - Throws: `UnwritableOutput`.
  init(_ path: String) throws(UnwritableOutput) {
    file = try OutputFile(path, option: "--junit")
    do throws(FileError) {
      cases = try ScratchFile()
    } catch {
      throw UnwritableOutput(option: "--junit", cause: error)
    }
  }

  mutating func begin(_ run: RunDescription) async throws { self.run = run }

  mutating func add(_ report: BlockReport) async throws {
    try await add(report.ulid.description, report.findings, report.unfinished, seconds: report.seconds)
  }

  mutating func add(_ report: BucketReport) async throws {
    try await add("the bucket as a whole", report.findings, report.unfinished, seconds: 0)
  }

  mutating func finish(_ end: RunEnd) async throws {
    if let reason = end.interruption {
      try await add("the run", [], [Unfinished(file: run.source, reason: "ended early: \(reason)")], seconds: 0)
    }
    let counts = #"tests="\#(tests)" failures="\#(failures)" errors="\#(errors)" skipped="0" time="\#(Self.text(end.seconds))""#
    let started = Timestamp.text(run.started, fraction: .none).dropLast()
    let head = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="verify" \(counts)>
      <testsuite name="\(XMLText.attribute(run.source))" \(counts) timestamp="\(started)">

      """
    try await BlockingPool.shared.run { [file, cases] in
      try file.write(Array(head.utf8))
      let written = try cases.reader(named: "the test cases")
      for start in stride(from: 0, to: written.size, by: 1 << 16) {
        try file.write(try written.read(start..<min(start + 1 << 16, written.size)))
      }
      try file.write(Array("</testsuite>\n</testsuites>\n".utf8))
      try file.commit()
    }
  }

  /// A case fails by what was found, and is an error where that could not be found out.
  private mutating func add(
    _ name: String, _ findings: [Finding], _ unfinished: [Unfinished], seconds: Double
  ) async throws {
    let bad = findings.filter { $0.severity > .note }
    let lines = findings.map(\.line) + unfinished.map { TerminalText.escaped("unfinished: \($0.file): \($0.reason)") }
    var inside = ""
    if let first = bad.first {
      failures += 1
      inside = Self.element("failure", type: first.id.rawValue, first.message, lines)
    } else if let first = unfinished.first {
      errors += 1
      inside = Self.element("error", type: "unfinished", first.reason, lines)
    } else if !lines.isEmpty {
      inside = "<system-out>\(XMLText.content(lines.joined(separator: "\n")))</system-out>\n"
    }
    tests += 1
    let (name, time) = (XMLText.attribute(name), Self.text(seconds))
    let head = #"<testcase classname="verify.\#(run.level.rawValue)" name="\#(name)" time="\#(time)""#
    let text = inside.isEmpty ? "\(head)/>\n" : "\(head)>\n\(inside)</testcase>\n"
    try await BlockingPool.shared.run { [cases] in try cases.append(Array(text.utf8)) }
  }

  private static func element(_ name: String, type: String, _ message: String, _ lines: [String]) -> String {
    let content = XMLText.content(lines.joined(separator: "\n"))
    return #"<\#(name) type="\#(type)" message="\#(XMLText.attribute(message))">\#(content)</\#(name)>"# + "\n"
  }

  private static func text(_ seconds: Double) -> String { Decimals.text(max(0, seconds), places: 3) }
}
