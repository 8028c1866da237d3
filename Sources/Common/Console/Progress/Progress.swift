public import Logging
import Glibc
internal import Platform
import Synchronization

/// The progress of a long run, shown while it lasts and gone when it is over.
///
/// Any thread or task may count. A thread of its own draws, so that the display also moves (and shows a rate that falls)
/// while everything else waits for the network.
public final class Progress: Sendable {
  /// How often the line is redrawn, and the log line written.
  private static let redraw = 0.2
  private static let report = 5.0

  /// Seconds of a clock that never goes back.
  typealias Clock = @Sendable () -> Double

  private struct Current: Sendable {
    var state: ProgressState?
    var reported = 0.0
    var hasThread = false
  }

  private let style: ProgressStyle
  private let logger: Logger
  private let output: ErrorOutput
  private let now: Clock
  private let current: Mutex<Current>
  /// Held while something is drawn, apart from `current`: a terminal that is stopped must not stop those who count.
  private let drawing = Mutex(())

  /// - Parameter logger: gets the lines of the `plain` style.
  public convenience init(_ style: ProgressStyle, logger: Logger) {
    self.init(
      style.resolved(isTerminal: Descriptor.error.isTerminal), logger: logger, output: .shared, now: Self.seconds)
  }

  /// - Parameter drawsByItself: whether there is a thread that draws; else `tick` has to be called.
  init(
    _ style: ProgressStyle, logger: Logger, output: ErrorOutput, drawsByItself: Bool = true, now: @escaping Clock
  ) {
    self.style = style
    self.logger = logger
    self.output = output
    self.now = now
    current = Mutex(Current(hasThread: !drawsByItself))
  }

  deinit { finish() }

  /// Begins to show a phase of the work (`upload`, `verify`) in place of the one before.
  /// - Parameters:
  ///   - bytes: all there are to do, `nil` if that is not known.
  ///   - blocks: likewise.
  public func begin(_ phase: String, bytes: UInt64? = nil, blocks: Int? = nil) {
    guard style != .none else { return }
    let needsThread = current.withLock { current in
      let time = now()
      current.state = ProgressState(phase: phase, bytes: bytes, blocks: blocks, at: time)
      current.reported = time
      defer { current.hasThread = true }
      return !current.hasThread
    }
    if needsThread { startDrawing() }
  }

  /// Counts bytes that were done; a negative number takes back what has to be done again after a failure.
  public func advance(bytes: Int64) { current.withLock { $0.state?.advance(bytes: bytes) } }

  /// Counts a block that is done.
  public func finishBlock() { current.withLock { $0.state?.finishBlock() } }

  /// Ends the display without leaving anything of it on the terminal.
  public func finish() {
    let wasShown = current.withLock { current in
      defer { current.state = nil }
      return current.state != nil
    }
    if wasShown, style == .bar { drawing.withLock { _ in output.clearStatus() } }
  }

  /// Brings the display up to date.
  func tick() {
    drawing.withLock { _ in
      guard let (state, isReportDue) = next() else { return }
      if style == .bar {
        output.show(status: state.line)
      } else if isReportDue {
        report(state)
      }
    }
  }

  private func next() -> (state: ProgressState, isReportDue: Bool)? {
    current.withLock { current in
      let time = now()
      current.state?.mark(at: time)
      guard let state = current.state else { return nil }
      let isReportDue = time - current.reported >= Self.report
      if isReportDue { current.reported = time }
      return (state, isReportDue)
    }
  }

  private func report(_ state: ProgressState) {
    var fields: Logger.Metadata = [:]
    fields["blocks"] = state.blocksText.map { "\($0.prefix { $0 != " " })" }
    fields["bytes"] = state.bytesText.map { "\($0)" }
    fields["percent"] = state.fraction.map { "\(Int($0 * 100))" }
    fields["rate"] = state.rateText.map { "\($0)" }
    fields["eta"] = state.remainingText.map { "\($0)" }
    logger.info("\(state.phase)", metadata: fields)
  }

  private func startDrawing() {
    // The thread ends with the object, which it holds only while it draws. Without one there is just no display.
    try? Thread.start(named: "progress") { [weak self] in
      while true {
        usleep(useconds_t(Self.redraw * 1e6))
        guard let self else { return }
        self.tick()
      }
    }
  }

  private static func seconds() -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  private static let start = ContinuousClock.now
}
