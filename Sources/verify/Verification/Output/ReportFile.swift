import Console
import OrderedJSON
import Platform
import Quantities

/// `--report`: a JSON line for every block as soon as it has been checked, one for the bucket as a whole, and a last
/// one with the totals.
///
/// Lines are added to what the file holds, each in one write, so that what a killed run leaves is true as far as it
/// goes.
struct ReportFile: ReportSink {
  private let file: AppendFile
  private var run: JSONObject = [:]

  /// Blocks.
  /// - Throws: `UnwritableOutput`.
  init(_ path: String) throws(UnwritableOutput) {
    do throws(FileError) {
      file = try AppendFile(path)
      try file.endTornLine()
    } catch {
      throw UnwritableOutput(option: "--report", cause: error)
    }
  }

  mutating func begin(_ run: RunDescription) async throws {
    self.run = [
      "version": .integer(BlockReport.documentVersion),
      "run": .string(Timestamp.text(run.started, fraction: .milliseconds)),
      "source": .string(run.source), "level": .string(run.level.rawValue),
    ]
  }

  mutating func add(_ report: BlockReport) async throws { try await append(["block": .object(report.document)]) }

  mutating func add(_ report: BucketReport) async throws {
    if !report.isEmpty { try await append(["bucket": .object(report.document)]) }
  }

  mutating func finish(_ end: RunEnd) async throws { try await append(end.document) }

  private func append(_ members: JSONObject) async throws {
    var line = run
    for member in members.members { line[member.key] = member.value }
    let bytes = Array(TerminalText.jsonEscaped(JSONValue.object(line).text()).utf8)
    try await BlockingPool.shared.run { [file] in try file.append(bytes, durably: true) }
  }
}
