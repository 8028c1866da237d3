public import Logging
import Synchronization

/// Keeps rounds from saying the same thing over and over: a line that this round or the one before has said already goes to
/// the debug level, until it changes.
public final class RoundLog: Sendable {
  private struct Lines {
    var before: Set<String> = []
    var now: Set<String> = []
  }

  private let lines = Mutex(Lines())

  public init() {}

  /// A logger that writes where the given one does.
  public func logger(_ logger: Logger) -> Logger {
    let base = logger.handler
    return Logger(label: logger.label) { _ in Handler(base: base, log: self) }
  }

  /// A round begins; what is said from now on is compared with the one before it.
  func begin() { lines.withLock { $0 = Lines(before: $0.now) } }

  /// The round that has begun had nothing to do: the one before it stays the measure.
  func passOver() { lines.withLock { $0.now.formUnion($0.before) } }

  fileprivate func isRepeated(_ line: String) -> Bool {
    lines.withLock { lines in
      let isNew = lines.now.insert(line).inserted
      return !isNew || lines.before.contains(line)
    }
  }

  private struct Handler: LogHandler {
    var base: any LogHandler
    let log: RoundLog

    var logLevel: Logger.Level {
      get { base.logLevel }
      set { base.logLevel = newValue }
    }
    var metadata: Logger.Metadata {
      get { base.metadata }
      set { base.metadata = newValue }
    }
    var metadataProvider: Logger.MetadataProvider? {
      get { base.metadataProvider }
      set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { base[metadataKey: key] }
      set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
      var event = event
      if event.level > .debug, log.isRepeated(Self.line(of: event)) {
        event.level = .debug
        guard base.logLevel <= .debug else { return }
      }
      base.log(event: event)
    }

    private static func line(of event: LogEvent) -> String {
      let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      // How long a try took, or waits for the next one, is chance: what is said is the same.
      return "\(event.level) \(event.message) \(fields.joined(separator: " "))"
        .replacing(/[0-9]+ (ms|milliseconds)/, with: "some ms")
    }
  }
}
