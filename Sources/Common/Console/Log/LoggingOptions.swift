public import ArgumentParser
public import Logging

extension LogFormat: ExpressibleByArgument {}

/// `--log.level` and `--log.format`, named as in Thanos.
public struct LoggingOptions: ParsableArguments {
  public enum Level: String, CaseIterable, ExpressibleByArgument, Sendable {
    case debug, info, warn, error
  }

  @Option(name: .customLong("log.level"), help: "Which log lines to print on standard error.")
  public var level = Level.info

  @Option(name: .customLong("log.format"), help: "How log lines look.")
  public var format = LogFormat.logfmt

  public init() {}

  /// A logger as the options ask for it.
  /// - Parameter label: the part of the program; not printed.
  public func logger(_ label: String) -> Logger {
    let level: Logger.Level =
      switch self.level {
      case .debug: .debug
      case .info: .info
      case .warn: .warning
      case .error: .error
      }
    let format = self.format
    return Logger(label: label) { _ in ConsoleLogHandler(level: level, format: format) }
  }
}
