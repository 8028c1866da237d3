import ArgumentParser
import Console

@main
struct Main {
  static func main() { Program.main(InspectCommand.self, status: ExitStatus.of) }
}

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a Prometheus' blocks and what they cost, in a folder or in a bucket.",
    discussion: ExitStatus.help(
      [.good, .findings, .usage, .unfinished, .interrupted],
      words: [
        .findings: "damaged chunks, or something left out that the output has no words for; standard error says what",
        .usage: "wrong usage or configuration, or no such block", .unfinished: "a block could not be read to the end",
      ]),
    version: Version.text,
    subcommands: [
      BlocksCommand.self, TimelineCommand.self, IndexCommand.self, ChunksCommand.self, SeriesCommand.self,
      DiffCommand.self, PlanCommand.self, ReportCommand.self,
    ],
    defaultSubcommand: BlocksCommand.self)
}
