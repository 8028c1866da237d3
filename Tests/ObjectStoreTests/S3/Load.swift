import Glibc
import Synchronization

/// How many of something are under way, told where each begins and ends.
final class Load: Sendable {
  private let state = Mutex((now: 0, history: [Int](), hasGivenUp: false))

  func begin() {
    state.withLock {
      $0.now += 1
      $0.history.append($0.now)
    }
  }

  /// Holds those under way until as many of them are at the same time: on a busy machine short ones would not meet.
  /// Gives up after some seconds, once for all.
  /// - Parameter place: in the history, from which on it counts.
  func gather(_ count: Int, since place: Int) {
    for _ in 0..<10_000 {
      let isOver = state.withLock { $0.hasGivenUp || $0.history.dropFirst(place).contains { $0 >= count } }
      if isOver { return }
      usleep(500)
    }
    state.withLock { $0.hasGivenUp = true }
  }

  func end() { state.withLock { $0.now -= 1 } }

  /// How many were under way at the beginning of each, itself included.
  var history: [Int] { state.withLock { $0.history } }
}
