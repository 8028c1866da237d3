internal import ArgumentParser
import Glibc
internal import Platform

/// How a run of a program ended, before anything of it is printed.
struct Outcome: Equatable, Sendable {
  var status: ExitStatus
  /// For standard output: help, or the version.
  var text = ""
  /// For standard error, without the program's name.
  var message = ""

  /// Prints the text and what the command has left in the buffer. What cannot be printed makes a good end a bad one.
  mutating func finish(_ output: Output) {
    do throws(FileError) {
      if !text.isEmpty { try output.line(text) }
      try output.finish()
    } catch {
      guard status == .good || status == .findings else { return }
      self = Outcome(error, status: .unfinished)
    }
  }

  /// Prints the message and ends the process.
  func end(_ program: String) -> Never {
    ErrorOutput.shared.clearStatus()
    if !message.isEmpty { ErrorOutput.shared.line("\(program): \(message)") }
    exit(status.rawValue)
  }
}

extension Outcome {
  /// An error as one line. An output that cannot be written has a status of its own, whatever the program says.
  init(_ error: any Error, status: ExitStatus) {
    let number = (error as? FileError).flatMap { $0.path == Descriptor.output.name ? $0.number : nil }
    if number == EPIPE {
      self.init(status: .outputClosed)
    } else {
      self.init(status: number == nil ? status : .unfinished, message: TerminalText.escaped("\(error)"))
    }
  }
}

extension Program {
  /// Parses and runs a command. Prints nothing that the command does not print itself.
  static func outcome<Root: AsyncParsableCommand>(
    of root: Root.Type, arguments: [String], status: (any Error) -> ExitStatus, isInterrupted: () -> Bool
  ) async -> Outcome {
    let arguments = ValueArguments.tied(arguments)
    var command: any ParsableCommand
    let parsed: any ParsableCommand.Type
    do {
      command = try root.parseAsRoot(arguments)
      parsed = type(of: command)
    } catch {
      // Whatever is thrown here is about the arguments, also where a command's `validate` has an error of its own; but
      // for help and the version, which come as errors as well.
      return root.exitCode(for: error) == .success ? text(error, root) : usage(error, root, arguments)
    }
    do {
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return Outcome(status: .good)
    } catch {
      if error is CleanExit, let outcome = missingSubcommand(of: parsed, root, arguments) { return outcome }
      let outcome = outcome(of: error, root, arguments, status: status)
      guard isInterrupted() else { return outcome }
      // Whatever the command made of its cancellation; another error's text is still worth showing.
      return Outcome(status: .interrupted, message: error is CancellationError ? "" : outcome.message)
    }
  }

  /// A command of subcommands that is called without one gives help that nobody asked for, and a good status with it. A
  /// script whose variable for the subcommand is empty must not take that for "all good".
  private static func missingSubcommand(
    of command: any ParsableCommand.Type, _ root: any ParsableCommand.Type, _ arguments: [String]
  ) -> Outcome? {
    let names = command.configuration.subcommands.map { $0._commandName }
    guard !names.isEmpty else { return nil }
    let help = "see '\(commandName(root, arguments)) --help'"
    return Outcome(status: .usage, message: "a subcommand is missing: \(names.joined(separator: ", ")) (\(help))")
  }

  private static func outcome(
    of error: any Error, _ root: any ParsableCommand.Type, _ arguments: [String], status: (any Error) -> ExitStatus
  ) -> Outcome {
    switch error {
    case let error as ExitStatus: return Outcome(status: error)
    case let error as ExitCode: return Outcome(status: ExitStatus(rawValue: error.rawValue) ?? .findings)
    case let error as any ErrorWithExitStatus: return Outcome(error, status: error.exitStatus)
    default: break
    }
    switch root.exitCode(for: error) {
    case .success: return text(error, root)
    case .validationFailure: return usage(error, root, arguments)
    default: return Outcome(error, status: status(error))
    }
  }

  private static func text(_ error: any Error, _ root: any ParsableCommand.Type) -> Outcome {
    Outcome(status: .good, text: trimmed(root.fullMessage(for: error)))
  }

  private static func usage(_ error: any Error, _ root: any ParsableCommand.Type, _ arguments: [String]) -> Outcome {
    let lines = root.message(for: error).split(whereSeparator: \.isNewline).map { trimmed(String($0)) }
    let line = TerminalText.escaped(lines.joined(separator: " "))
    let help = "see '\(commandName(root, arguments)) --help'"
    return Outcome(status: .usage, message: line.isEmpty ? help : "\(line) (\(help))")
  }

  /// The name of the subcommand that the arguments lead to: `inspect blocks`.
  private static func commandName(_ root: any ParsableCommand.Type, _ arguments: [String]) -> String {
    var command = root
    var names = [root._commandName]
    for argument in arguments {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == argument }) else { break }
      command = next
      names.append(argument)
    }
    return names.joined(separator: " ")
  }

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
