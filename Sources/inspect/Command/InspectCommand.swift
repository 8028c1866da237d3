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
    discussion: ExitStatus.help([.good, .usage, .unfinished, .interrupted]),
    version: Version.text,
    subcommands: [BlocksCommand.self, IndexCommand.self, PlanCommand.self],
    defaultSubcommand: BlocksCommand.self)
}
