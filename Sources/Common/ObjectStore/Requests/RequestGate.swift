import HTTP
import Logging
import Synchronization

/// Lets requests that carry content through, so many at a time, first come, first served. When the store asks to slow
/// down, all of the run does: fewer at a time, and none for a while.
///
/// A download keeps its place until its last byte is received: a receiver that waited for another transfer of the same
/// bucket could wait for itself.
final class RequestGate: Sendable {
  private let clock: RetryClock
  private let logger: Logger
  private let state: Mutex<State>

  private struct State {
    var window: CongestionWindow
    var running = 0
    var waiters: [Waiter] = []
    var lastID: UInt64 = 0
    /// When the pause is over, on the clock; `nil` when there is none.
    var pausedUntil: Duration?
    /// Whether the log has said that it goes slower.
    var isAnnounced = false

    /// Those whose turn has come.
    mutating func admit() -> [Waiter] {
      guard pausedUntil == nil else { return [] }
      let count = min(waiters.count, max(0, window.requests - running))
      let admitted = Array(waiters.prefix(count))
      waiters.removeFirst(count)
      running += count
      return admitted
    }
  }

  private struct Waiter: Sendable {
    let id: UInt64
    let continuation: CheckedContinuation<Void, any Error>
  }

  /// - Parameters:
  ///   - requests: at a time, at least 1.
  ///   - clock: of the pauses.
  init(requests: Int, clock: RetryClock = .system, logger: Logger) {
    self.clock = clock
    self.logger = logger
    state = Mutex(State(window: CongestionWindow(maximum: requests)))
  }

  /// Requests with content that may be under way at the moment.
  var allowed: Int { state.withLock { $0.window.requests } }
  /// Requests with content that are under way.
  var running: Int { state.withLock { $0.running } }
  /// Requests that wait for their turn.
  var waiting: Int { state.withLock { $0.waiters.count } }

  /// Runs a request and learns from how it ends.
  ///
  /// - Parameter carriesContent: whether it waits for its turn. Others are answered while the content waits, so that a
  ///   listing or a check need not stand behind gigabytes; what they are told about slowing down counts all the same.
  /// - Throws: `CancellationError` while it waits, or what `body` throws.
  func pass<Value: Sendable>(carriesContent: Bool, _ body: () async throws -> Value) async throws -> Value {
    if carriesContent { try await enter() }
    let round = state.withLock { $0.window.round }
    do {
      let value = try await body()
      if carriesContent { leave(round, .success) }
      return value
    } catch StoreFailure.refused(let refusal) where refusal.asksToSlowDown {
      slowDown(round, refusal)
      if carriesContent { leave(round, .other) }
      throw StoreFailure.refused(refusal)
    } catch {
      if carriesContent { leave(round, .other) }
      throw error
    }
  }

  // MARK: The queue

  private func enter() async throws {
    let id = state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    let began = clock.now()
    defer { RequestPatience.current?.add(clock.now() - began) }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let admitted = state.withLock { state -> [Waiter]? in
          // A cancellation that came before found nobody to remove.
          if Task.isCancelled { return nil }
          state.waiters.append(Waiter(id: id, continuation: continuation))
          return state.admit()
        }
        guard let admitted else { return continuation.resume(throwing: CancellationError()) }
        for waiter in admitted { waiter.continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private enum Outcome { case success, other }

  private func leave(_ round: UInt64, _ outcome: Outcome) {
    let (admitted, recovered) = state.withLock { state -> ([Waiter], Int?) in
      state.running -= 1
      if outcome == .success { state.window.succeeded(in: round) }
      var recovered: Int?
      if state.isAnnounced, !state.window.isReduced {
        state.isAnnounced = false
        recovered = state.window.maximum
      }
      return (state.admit(), recovered)
    }
    for waiter in admitted { waiter.continuation.resume() }
    if let recovered { logger.info("the store has recovered: \(recovered) requests at a time again") }
  }

  // MARK: Slowing down

  private func slowDown(_ round: UInt64, _ refusal: StoreRefusal) {
    let now = clock.now()
    let (pause, allowed, isNews) = state.withLock { state -> (Duration?, Int, Bool) in
      let pause = state.window.throttled(in: round, asked: refusal.retryAfter, random: clock.random())
      let isNews = !state.isAnnounced
      state.isAnnounced = true
      guard let pause, now + pause > state.pausedUntil ?? now else { return (nil, state.window.requests, isNews) }
      state.pausedUntil = now + pause
      return (pause, state.window.requests, isNews)
    }
    logger.log(
      level: isNews ? .warning : .debug,
      """
      the store asks to slow down (\(refusal)): \(allowed) requests at a time for now, the next one in \
      \(Int((pause ?? .zero) / .milliseconds(1))) ms
      """)
    guard let pause else { return }
    Task { [weak self, clock] in
      try? await clock.sleep(pause)
      self?.endPause(of: now + pause)
    }
  }

  /// - Parameter end: of the pause that is over; a longer one may have taken its place.
  private func endPause(of end: Duration) {
    let admitted = state.withLock { state -> [Waiter] in
      guard state.pausedUntil == end else { return [] }
      state.pausedUntil = nil
      return state.admit()
    }
    for waiter in admitted { waiter.continuation.resume() }
  }
}

/// Time that one request has spent at the gate over all its attempts, so that its retries are not charged for it.
final class RequestPatience: Sendable {
  @TaskLocal static var current: RequestPatience?

  private let waited = Mutex(Duration.zero)

  func add(_ duration: Duration) { waited.withLock { $0 += duration } }

  /// The policy, with a clock that stands still at the gate.
  func excluded(from policy: RetryPolicy) -> RetryPolicy {
    var policy = policy
    let now = policy.clock.now
    policy.clock.now = { now() - self.waited.withLock { $0 } }
    return policy
  }
}
