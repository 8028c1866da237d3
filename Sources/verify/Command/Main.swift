import Console

/// The first word chooses a subcommand. `verify` itself has flags of its own and needs no word, which is why these are
/// no subcommands in the parser's sense: its help would put them in place of the flags.
@main
struct Main {
  private static let subcommands: [String: @Sendable ([String]) -> Never] = [
    "explain": { Program.main(ExplainCommand.self, arguments: $0, status: ExitStatus.of) },
    "status": { Program.main(StatusCommand.self, arguments: $0, status: ExitStatus.of) },
  ]

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let word = arguments.first, let subcommand = subcommands[word] { subcommand(Array(arguments.dropFirst())) }
    Program.main(VerifyCommand.self, arguments: arguments, status: ExitStatus.ofVerification)
  }
}
