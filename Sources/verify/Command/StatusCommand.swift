import ArgumentParser
import Console
import Verification

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify status",
    abstract: "Show from a ledger how much was checked when, and what still stands against which blocks.",
    discussion: """
      A block counts for a level if it was checked at that level or a deeper one. What a check found stands until a \
      check of its level, or a deeper one, no longer finds it.

      \(ExitStatus.help([.good, .findings, .usage], words: [
        .good: "nothing above a note stands against any block", .findings: "something does",
      ]))
      """,
    version: Version.text)

  @Option(help: ArgumentHelp("The file that verify --ledger writes. It is only read.", valueName: "file"))
  var ledger: String

  @Option(help: "What is printed: table for people, or one json document.")
  var output = OutputOptions.Format.table

  func run() async throws {
    let report = try await CoverageReport(ledger: ledger)
    try Output.standard.write(report.text(output))
    if report.status != .good { throw report.status }
  }
}
