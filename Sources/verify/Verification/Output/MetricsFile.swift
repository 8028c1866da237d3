import Exposition
import Platform

/// `--metrics-file`: what a run found, for the textfile collector of node_exporter.
///
/// The file is replaced in one step at the end of the run. When the last good run was is taken over from the file
/// before where this one was none.
struct MetricsFile: ReportSink {
  static let lastGoodRun = "blockhaul_verify_last_good_run_timestamp_seconds"

  private let file: OutputFile
  /// The file as it was.
  private let before: String
  private var source = ""

  /// Blocks.
  /// - Throws: `UnwritableOutput`.
  init(_ path: String) throws(UnwritableOutput) {
    // node_exporter runs as another user.
    file = try OutputFile(path, option: "--metrics-file", permissions: 0o644)
    before = (try? OpenFile(path).readAll(limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  mutating func begin(_ run: RunDescription) async throws { source = run.source }

  mutating func add(_ report: BlockReport) async throws {}

  mutating func finish(_ end: RunEnd) async throws {
    let text = Self.text(end, source: source, before: before)
    try await BlockingPool.shared.run { [file] in
      try file.write(Array(text.utf8))
      try file.commit()
    }
  }

  /// - Parameter before: what the last run of the same source wrote.
  static func text(_ end: RunEnd, source: String, before: String) -> String {
    let registry = MetricRegistry()
    func gauge(_ name: String, _ help: String, _ value: Double, _ labels: [(String, String)] = []) {
      let labels = ([("source", source)] + labels).map { (name: $0.0, value: $0.1) }
      registry.metric(.gauge, "blockhaul_verify_\(name)", help, labels: labels).set(value)
    }
    let totals = end.totals
    gauge("blocks_checked", "Blocks that the last run checked.", Double(totals.blocksChecked))
    for state in BlockReport.State.allCases {
      gauge(
        "blocks", "Blocks that the last run checked, by what it found.", Double(totals.blocks[state] ?? 0),
        [("state", state.name)])
    }
    for id in Finding.ID.allCases {
      gauge(
        "findings", "What the last run found; verify explain ID says what it means.",
        Double(totals.findings[id]?.occurrences ?? 0), [("id", id.rawValue), ("severity", id.severity.rawValue)])
    }
    gauge("unfinished", "Files and objects that the last run could not look at.", Double(totals.unfinished))
    gauge("checked_bytes", "Size of the blocks that the last run checked.", Double(totals.size))
    gauge("read_bytes", "What the last run read for that, from disk and bucket together.", Double(totals.bytesRead))
    gauge("duration_seconds", "How long the last run took.", end.seconds)
    gauge(
      "last_run_complete", "1 if the last run checked every block that was meant; 0 if it ended early, or by its budget.",
      end.ending == .complete ? 1 : 0)
    let finished = Double(end.finished) / 1000
    gauge("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.", finished)
    gauge(
      "last_good_run_timestamp_seconds",
      "When the last run ended after which every block was known to be good, in seconds since 1970; 0 before the first.",
      end.isGood ? finished : lastGoodRun(in: before, source: source))
    return registry.text
  }

  /// - Returns: seconds since 1970, 0 if there was none.
  private static func lastGoodRun(in text: String, source: String) -> Double {
    let registry = MetricRegistry()
    registry.metric(.gauge, lastGoodRun, "", labels: [("source", source)]).set(0)
    // The sample's line up to its value, with the source escaped as it is in the file.
    guard let sample = registry.text.split(separator: "\n").last?.dropLast() else { return 0 }
    let line = text.split(separator: "\n").first { $0.utf8.starts(with: sample.utf8) }
    return line.flatMap { Double(String(decoding: $0.utf8.dropFirst(sample.utf8.count), as: UTF8.self)) } ?? 0
  }
}
