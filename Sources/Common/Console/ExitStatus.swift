/// How a program ended, for the script that called it.
///
/// Thrown by a command's `run`, it ends the program with that status and without a further word: what there was to say has
/// been printed by then.
public enum ExitStatus: Int32, Error, CaseIterable, Sendable {
  /// Done, and nothing wrong was found.
  case good = 0
  /// Done, with something to look at: a finding, or a block that failed.
  case findings = 1
  /// Wrong usage, or a wrong configuration: the same call will fail again.
  case usage = 2
  /// What was asked could not be done to the end, so nothing is known of the rest.
  case unfinished = 3
  /// Ended by SIGINT or SIGTERM.
  case interrupted = 130
  /// Whoever read the output stopped reading (`| head`): the status that a shell gives to a program killed by SIGPIPE.
  case outputClosed = 141

  /// What it means, as `--help` says it where the program has no words of its own.
  public var meaning: String {
    switch self {
    case .good: "all good"
    case .findings: "findings, or blocks that failed"
    case .usage: "wrong usage or configuration"
    case .unfinished: "could not finish"
    case .interrupted: "interrupted by SIGINT or SIGTERM"
    case .outputClosed: "the output was closed by its reader"
    }
  }

  /// The table for the end of `--help`.
  /// - Parameters:
  ///   - statuses: those the program can end with.
  ///   - words: what a status means for this very program.
  public static func help(_ statuses: [ExitStatus] = allCases, words: [ExitStatus: String] = [:]) -> String {
    let rows = statuses.map { status in
      let code = String(status.rawValue)
      return "  " + code + String(repeating: " ", count: 5 - code.count) + (words[status] ?? status.meaning)
    }
    return (["EXIT STATUS:"] + rows).joined(separator: "\n")
  }
}

/// An error that knows how the program is to end because of it.
public protocol ErrorWithExitStatus: Error {
  var exitStatus: ExitStatus { get }
}
