internal import Platform
public import Logging

/// Log lines on standard error, one system call each, so that lines of several threads never mix.
public struct ConsoleLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  public var logLevel: Logger.Level

  private let format: LogFormat
  private let output: ErrorOutput
  private let now: @Sendable () -> Int64

  public init(level: Logger.Level, format: LogFormat) {
    self.init(level: level, format: format, output: .shared, now: { WallClock.milliseconds })
  }

  /// - Parameter now: milliseconds since 1970.
  init(level: Logger.Level, format: LogFormat, output: ErrorOutput, now: @escaping @Sendable () -> Int64) {
    self.logLevel = level
    self.format = format
    self.output = output
    self.now = now
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata
    fields.merge(metadataProvider?.get() ?? [:]) { $1 }
    fields.merge(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields["err"] = .string("\(error)") }
    // A dictionary has no order, a log wants the same one in each line; the error last, where the eye expects it.
    let ordered = fields.map { (key: $0.key, value: $0.value) }.sorted { left, right in
      (left.key == "err" ? 1 : 0, left.key) < (right.key == "err" ? 1 : 0, right.key)
    }
    output.line(format.line(time: now(), level: event.level, message: event.message.description, fields: ordered))
  }
}
