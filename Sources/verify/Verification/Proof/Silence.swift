import Synchronization

/// For how long requests have been under way with nothing coming back, and how many have failed in that time.
final class Silence: Sendable {
  private struct State {
    var failures = 0
    var underWay = 0
    /// Of earlier requests.
    var length = Duration.zero
    /// When the first of those under way began, or the last sign of life.
    var since = ContinuousClock.now
  }

  private let state = Mutex(State())

  var failures: Int { state.withLock { $0.failures } }

  var length: Duration {
    state.withLock { $0.length + ($0.underWay > 0 ? $0.since.duration(to: .now) : .zero) }
  }

  func begin() {
    state.withLock { state in
      if state.underWay == 0 { state.since = .now }
      state.underWay += 1
    }
  }

  func end() {
    state.withLock { state in
      state.underWay -= 1
      // What comes between two requests is no silence.
      if state.underWay == 0 { state.length += state.since.duration(to: .now) }
    }
  }

  /// A request that failed for lack of an answer.
  func fail() { state.withLock { $0.failures += 1 } }

  /// A sign of life.
  func `break`() {
    state.withLock { state in
      (state.failures, state.length, state.since) = (0, .zero, .now)
    }
  }
}
