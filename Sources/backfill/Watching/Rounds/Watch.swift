import Console
import Exposition
public import Logging
import Platform
import TSDB

/// Rounds without an end: each looks at the folder, and where that has changed, or it is time, has a run of `backfill`
/// ship what is new.
///
/// A round that finds the folder as it was asks nothing of the bucket. One that fails is repeated after a time that
/// doubles up to `Timing.longestPause`; only the first may end the watch by its failure, since wrong flags show there.
public struct Watch: Sendable {
  public struct Timing: Sendable {
    /// Between two rounds.
    public var interval: Duration = .seconds(30)
    /// How old what is known of the bucket may get.
    public var fullRound: Duration = .seconds(3600)
    /// After failures.
    public var longestPause: Duration = .seconds(300)

    public init(interval: Duration = .seconds(30)) { self.interval = interval }
  }

  /// Time as the rounds see it.
  public struct Clock: Sendable {
    public var now: @Sendable () -> ContinuousClock.Instant
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
      now: @escaping @Sendable () -> ContinuousClock.Instant, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
      self.now = now
      self.sleep = sleep
    }

    public static let continuous = Clock(
      now: { ContinuousClock.now }, sleep: { try await Task.sleep(for: $0, clock: .continuous) })
  }

  public var timing: Timing
  public var clock = Clock.continuous
  /// The folder as it is.
  public var folder: @Sendable () async throws -> FolderState
  /// Reads both sides, uploads what is new.
  public var round: @Sendable () async throws -> RoundReport
  /// Before each round. What it throws ends the watch.
  public var heartbeat: @Sendable () async throws -> Void = {}
  private let metrics: ShipperMetrics
  private let pages: StatusPages
  private let log: RoundLog
  private let logger: Logger

  /// - Parameter logger: one of `log`'s.
  public init(
    timing: Timing = Timing(), metrics: ShipperMetrics, pages: StatusPages, log: RoundLog, logger: Logger,
    folder: @escaping @Sendable () async throws -> FolderState, round: @escaping @Sendable () async throws -> RoundReport
  ) {
    self.timing = timing
    self.metrics = metrics
    self.pages = pages
    self.log = log
    self.logger = logger
    self.folder = folder
    self.round = round
  }

  private struct State {
    /// The folder as the last full round found it; `nil` before the first.
    var folder: FolderState?
    /// The folder as it was last looked at.
    var seen: FolderState?
    /// What the last full round left.
    var states: [ULID: ShipperMetrics.BlockState] = [:]
    var fullRound: ContinuousClock.Instant?
    /// Rounds in a row that left something undone.
    var failures = 0
    var isFirst = true
  }

  /// Returns when the calling task is cancelled.
  /// - Throws: what the heartbeat throws, and an error of the first round that means wrong usage.
  public func run() async throws {
    var state = State()
    while !Task.isCancelled {
      log.begin()
      do {
        try await heartbeat()
      } catch {
        if Task.isCancelled { return }
        throw error
      }
      do {
        try await step(&state)
      } catch {
        if Task.isCancelled { return }
        try fail(error, &state)
      }
      state.isFirst = false
      do { try await clock.sleep(pause(after: state.failures)) } catch { return }
    }
  }

  private func step(_ state: inout State) async throws {
    let found = try await folder()
    let now = clock.now()
    if state.failures == 0, found == state.folder, let last = state.fullRound, last + timing.fullRound > now {
      log.passOver()
      logger.debug("the folder has not changed")
    } else {
      expect(found, &state)
      let report = try await round()
      // A round that was interrupted says nothing of how things stand.
      try Task.checkCancellation()
      (state.folder, state.fullRound, state.states) = (found, now, report.states)
      state.failures = report.wantsRetry ? state.failures + 1 : 0
      metrics.show(report.states)
      metrics.compactedDone?.set(report.isComplete ? 1 : 0)
      metrics.fullRounds.add()
      metrics.lastFullRound.set(Double(WallClock.milliseconds) / 1000)
    }
    metrics.syncs.add()
    metrics.lastRound.set(Double(WallClock.milliseconds) / 1000)
  }

  /// Shows what is new in the folder as waiting: until the bucket answers, nobody would see that something is missing there.
  private func expect(_ found: FolderState, _ state: inout State) {
    guard found != state.seen else { return }
    state.seen = found
    let ulids = found.blocks.keys
    guard ulids.contains(where: { found.blocks[$0] != state.folder?.blocks[$0] }) else { return }
    metrics.compactedDone?.set(0)
    metrics.show(Dictionary(uniqueKeysWithValues: ulids.map { ($0, state.states[$0] ?? .waiting) }))
  }

  private func fail(_ error: any Error, _ state: inout State) throws {
    metrics.syncFailures.add()
    pages.failed("\(error)")
    if state.isFirst, Self.status(of: error) == .usage { throw error }
    state.failures += 1
    logger.error("the round failed; going on", metadata: ["err": "\(error)"])
  }

  private static func status(of error: any Error) -> ExitStatus {
    (error as? any ErrorWithExitStatus)?.exitStatus ?? ExitStatus.of(error)
  }

  /// The interval, doubled for every failure after the first.
  private func pause(after failures: Int) -> Duration {
    guard failures > 1 else { return timing.interval }
    return max(timing.interval, min(timing.longestPause, timing.interval * (1 << min(failures - 1, 20))))
  }
}
