import Synchronization

/// How many of something are under way, told where each begins and ends.
final class Load: Sendable {
  private let state = Mutex((now: 0, history: [Int]()))

  func begin() {
    state.withLock {
      $0.now += 1
      $0.history.append($0.now)
    }
  }

  func end() { state.withLock { $0.now -= 1 } }

  /// How many were under way at the beginning of each, itself included.
  var history: [Int] { state.withLock { $0.history } }
}
