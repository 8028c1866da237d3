import Synchronization

/// For how long requests have been under way with nothing coming back, and how many have failed in that time.
final class Silence: Sendable {
  private struct State {
    var failures = 0
    var underWay = 0
    /// Of earlier requests.
    var length = Duration.zero
    /// When the first of those under way began, or the last sign of life, by `time`.
    var since = Duration.zero
  }

  private let state = Mutex(State())
  /// Since this object was made.
  private let time: @Sendable () -> Duration

  init(_ clock: some Clock<Duration>) {
    let start = clock.now
    time = { start.duration(to: clock.now) }
  }

  var failures: Int { state.withLock { $0.failures } }

  var length: Duration {
    state.withLock { $0.length + ($0.underWay > 0 ? time() - $0.since : .zero) }
  }

  func begin() {
    state.withLock { state in
      if state.underWay == 0 { state.since = time() }
      state.underWay += 1
    }
  }

  func end() {
    state.withLock { state in
      state.underWay -= 1
      // What comes between two requests is no silence.
      if state.underWay == 0 { state.length += time() - state.since }
    }
  }

  /// A request that failed for lack of an answer.
  func fail() { state.withLock { $0.failures += 1 } }

  /// A sign of life.
  func `break`() {
    state.withLock { state in
      (state.failures, state.length, state.since) = (0, .zero, time())
    }
  }
}
