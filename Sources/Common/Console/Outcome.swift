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
  /// An error as one line.
  init(_ error: any Error, status: ExitStatus) {
    if let error = error as? FileError, error.path == Descriptor.output.name, error.number == EPIPE {
      self.init(status: .outputClosed)
    } else {
      self.init(status: status, message: TerminalText.escaped("\(error)"))
    }
  }
}

extension Program {
  /// Parses and runs a command. Prints nothing that the command does not print itself.
  static func outcome<Root: AsyncParsableCommand>(
    of root: Root.Type, arguments: [String], status: (any Error) -> ExitStatus, isInterrupted: () -> Bool
  ) async -> Outcome {
    var command: any ParsableCommand
    do {
      command = try root.parseAsRoot(arguments)
    } catch {
      return parsing(error, root: root, arguments: arguments, status: status)
    }
    do {
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return Outcome(status: .good)
    } catch {
      let outcome = running(error, root: root, arguments: arguments, status: status)
      guard isInterrupted() else { return outcome }
      // Whatever the command made of its cancellation; another error's text is still worth showing.
      return Outcome(status: .interrupted, message: error is CancellationError ? "" : outcome.message)
    }
  }

  /// Help and the version come as errors as well.
  private static func parsing(
    _ error: any Error, root: any ParsableCommand.Type, arguments: [String], status: (any Error) -> ExitStatus
  ) -> Outcome {
    if root.exitCode(for: error) == .success { return Outcome(status: .good, text: trimmed(root.fullMessage(for: error))) }
    return usage(root.message(for: error), root: root, arguments: arguments)
  }

  private static func running(
    _ error: any Error, root: any ParsableCommand.Type, arguments: [String], status: (any Error) -> ExitStatus
  ) -> Outcome {
    switch error {
    case let error as ExitStatus: return Outcome(status: error)
    case let error as ExitCode: return Outcome(status: ExitStatus(rawValue: error.rawValue) ?? .findings)
    case is CleanExit: return Outcome(status: .good, text: trimmed(root.fullMessage(for: error)))
    case let error as ValidationError: return usage(error.message, root: root, arguments: arguments)
    case let error as any ErrorWithExitStatus: return Outcome(error, status: error.exitStatus)
    default: return Outcome(error, status: status(error))
    }
  }

  private static func usage(_ message: String, root: any ParsableCommand.Type, arguments: [String]) -> Outcome {
    let line = message.split(whereSeparator: \.isNewline).map { trimmed(String($0)) }.joined(separator: " ")
    let help = "see '\(commandName(root, arguments)) --help'"
    return Outcome(status: .usage, message: line.isEmpty ? help : "\(TerminalText.escaped(line)) (\(help))")
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
