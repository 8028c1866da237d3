/// What a failure says about trying again.
public enum RetryAdvice: Equatable, Sendable {
  case never
  /// Again after the policy's own delay, or the one that the server asked for, whichever is longer.
  case retry(after: Duration?)
}

/// A failure that knows whether trying again can help.
public protocol RetryableFailure: Error {
  var retryAdvice: RetryAdvice { get }
}

/// Tries again with exponential back-off and full jitter, for as long as a store may reasonably need to recover.
///
/// The budget is one of time rather than of attempts: ten attempts are gone in ten seconds, and a store that asks to
/// slow down needs longer than that. The budget starts anew whenever there was progress.
public struct RetryPolicy: Sendable {
  /// How long to go on after the first failure.
  public var budget: Duration
  /// Attempts at most, the first one included; `nil` for no limit but the budget.
  public var attempts: Int?
  /// The first delay's upper bound; it doubles with every failure.
  public var base: Duration
  /// The longest delay of the policy's own.
  public var cap: Duration
  /// The longest delay that a server may ask for. More than that is taken as this.
  public var serverCap: Duration
  public var clock: RetryClock

  public init(
    budget: Duration = .seconds(300), attempts: Int? = nil, base: Duration = .milliseconds(250),
    cap: Duration = .seconds(20), serverCap: Duration = .seconds(120), clock: RetryClock = .system
  ) {
    self.budget = budget
    self.attempts = attempts
    self.base = base
    self.cap = cap
    self.serverCap = serverCap
    self.clock = clock
  }

  /// Runs `operation` until it succeeds, fails for good, or the budget is used up; then its last error is thrown.
  ///
  /// - Parameters:
  ///   - progress: a number that grows as work gets done, so that a long transfer that breaks off now and then is not
  ///     given up.
  ///   - willRetry: called before each delay, for the log.
  public func run<Value: Sendable>(
    progress: () -> UInt64 = { 0 }, willRetry: (any Error, Duration) -> Void = { _, _ in },
    _ operation: (_ attempt: Int) async throws -> Value
  ) async throws -> Value {
    var failures = 0
    var attempt = 0
    var firstFailure: Duration?
    var reached = progress()
    while true {
      attempt += 1
      do {
        return try await operation(attempt)
      } catch {
        guard let failure = error as? any RetryableFailure, case .retry(let asked) = failure.retryAdvice else {
          throw error
        }
        try Task.checkCancellation()
        let now = clock.now()
        if progress() > reached {
          reached = progress()
          failures = 0
          firstFailure = nil
        }
        failures += 1
        let since = firstFailure ?? now
        firstFailure = since
        if let attempts, failures >= attempts { throw error }
        let delay = max(delay(after: failures), min(asked ?? .zero, serverCap))
        guard now - since + delay <= budget else { throw error }
        willRetry(error, delay)
        try await clock.sleep(delay)
      }
    }
  }

  /// A random part of the doubled base ("full jitter"), so that clients that failed together do not return together.
  private func delay(after failures: Int) -> Duration {
    let bound = min(cap, base * (1 << min(failures - 1, 20)))
    return bound * clock.random()
  }
}

/// Time and chance, so that tests need neither.
public struct RetryClock: Sendable {
  /// Time since some fixed point.
  public var now: @Sendable () -> Duration
  public var sleep: @Sendable (Duration) async throws -> Void
  /// 0..<1.
  public var random: @Sendable () -> Double

  public init(
    now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void,
    random: @escaping @Sendable () -> Double
  ) {
    self.now = now
    self.sleep = sleep
    self.random = random
  }

  /// The system's monotonic clock and random numbers.
  public static let system: RetryClock = {
    let start = ContinuousClock.now
    return RetryClock(
      now: { ContinuousClock.now - start }, sleep: { try await Task.sleep(for: $0) },
      random: { Double.random(in: 0..<1) })
  }()
}
