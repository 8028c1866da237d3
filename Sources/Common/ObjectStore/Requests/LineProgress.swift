import Synchronization

/// What a request's repeated attempts have brought over a line that keeps breaking off.
///
/// A part of 64 MiB takes minutes on a slow line, and a fault in the middle of it says nothing against the store: it has to
/// be sent anew, but the time that its bytes took is none in which nothing happened. Attempts that the store refuses do
/// not count, and neither do any after the twentieth: a line that has not brought it over by then will not.
final class LineProgress: Sendable {
  private static let attempts = 20

  private struct State {
    /// Bytes of the attempt under way.
    var moved: UInt64 = 0
    /// Bytes of attempts that broke off.
    var total: UInt64 = 0
    var brokenOff = 0
  }

  private let state = Mutex(State())

  /// Grows with every attempt that moved something before its line broke off.
  var total: UInt64 { state.withLock { $0.total } }

  func begin() { state.withLock { $0.moved = 0 } }

  func moved(_ bytes: Int64) {
    if bytes > 0 { state.withLock { $0.moved &+= UInt64(bytes) } }
  }

  func brokeOff() {
    state.withLock { state in
      state.brokenOff += 1
      if state.brokenOff <= Self.attempts { state.total &+= state.moved }
    }
  }
}
