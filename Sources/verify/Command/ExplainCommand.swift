import ArgumentParser
import Console
import Verification

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify explain",
    abstract: "Say what a finding of verify means, how it may have come about, and what to do.",
    discussion: """
      Without an ID all findings are listed.

      \(ExitStatus.help([.good, .usage], words: [.good: "explained"]))
      """,
    version: Version.text)

  @Argument(help: ArgumentHelp("As verify prints it, such as chunk-crc-mismatch.", valueName: "ID"))
  var id: String?

  @Option(help: "How to print it.")
  var output = OutputFormat.table

  func run() async throws {
    guard let id else { return try Output.standard.write(FindingCatalogue.list(output)) }
    let text: String
    do throws(FindingCatalogue.Unknown) {
      text = try FindingCatalogue.explanation(of: id, output)
    } catch {
      throw ValidationError("\(error)")
    }
    try Output.standard.write(text)
  }
}
