public import ArgumentParser

/// How the progress of a long run is shown, on standard error.
public enum ProgressStyle: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// `bar` on a terminal, `plain` elsewhere.
  case auto
  /// One line that is redrawn.
  case bar
  /// A log line every few seconds.
  case plain
  case none

  /// The style with `auto` decided.
  /// - Parameter isTerminal: whether standard error is a terminal.
  func resolved(isTerminal: Bool) -> ProgressStyle { self == .auto ? (isTerminal ? .bar : .plain) : self }
}

/// `--progress`.
public struct ProgressOptions: ParsableArguments {
  @Option(help: "How to show progress on standard error.")
  public var progress = ProgressStyle.auto

  public init() {}
}
