internal import Synchronization

/// A rate in bytes a second that many transfers share: a token bucket.
///
/// What was not used is kept for an eighth of a second (but at least 64 KiB), so that a pause is not caught up with in
/// a flood. A transfer that had to take more than there was leaves a debt, which everybody waits for.
public final class RateLimit: Sendable {
  /// At least 1.
  public let bytesPerSecond: UInt64
  /// Bytes that can be kept.
  public let burst: UInt64
  /// What is handed out at least unless less is wanted, in bytes: a sixteenth of a second's, so that transfers are not
  /// woken for a few bytes each.
  public let grain: UInt64

  private let now: @Sendable () -> Duration
  private let state: Mutex<State>

  private struct State {
    /// Bytes; negative for a debt. A floating number neither overflows at GiB/s nor loses what 1 B/s gives in a
    /// microsecond.
    var balance: Double
    var filled: Duration
  }

  /// - Parameters:
  ///   - bytesPerSecond: 0 counts as 1.
  ///   - now: time since some fixed point; it may stand still, and going back counts as that.
  public init(bytesPerSecond: UInt64, now: (@Sendable () -> Duration)? = nil) {
    let rate = max(1, bytesPerSecond)
    self.bytesPerSecond = rate
    burst = max(64 << 10, rate / 8)
    grain = min(256 << 10, max(1, rate / 16))
    let start = ContinuousClock.now
    self.now = now ?? { ContinuousClock.now - start }
    state = Mutex(State(balance: Double(burst), filled: self.now()))
  }

  /// Takes what is there.
  /// - Returns: bytes, at most `wanted`; 0 if not even a grain is there, or what is wanted if that is less.
  public func take(upTo wanted: UInt64) -> UInt64 {
    let now = now()
    return state.withLock { state in
      fill(&state, at: now)
      let least = Double(min(wanted, grain))
      guard wanted > 0, state.balance >= least, state.balance >= 1 else { return 0 }
      let taken = min(wanted, UInt64(min(state.balance, Double(burst))))
      state.balance -= Double(taken)
      return taken
    }
  }

  /// Gives back what was taken and not used, or takes what was used already, into debt if need be.
  /// - Parameter bytes: positive to give back.
  public func settle(_ bytes: Int64) {
    guard bytes != 0 else { return }
    let now = now()
    state.withLock { state in
      fill(&state, at: now)
      state.balance = min(Double(burst), state.balance + Double(bytes))
    }
  }

  /// How long until `take` has something for who wants that many bytes; at most an hour is said.
  public func delay(for wanted: UInt64) -> Duration {
    let now = now()
    return state.withLock { state in
      fill(&state, at: now)
      let missing = Double(max(1, min(wanted, grain))) - state.balance
      guard missing > 0 else { return .zero }
      let seconds = min(3600, missing / Double(bytesPerSecond))
      return .nanoseconds(Int64((seconds * 1e9).rounded(.up)))
    }
  }

  private func fill(_ state: inout State, at now: Duration) {
    let elapsed = now - state.filled
    guard elapsed > .zero else { return }
    state.filled = now
    state.balance = min(Double(burst), state.balance + elapsed / .seconds(1) * Double(bytesPerSecond))
  }
}

extension RateLimit {
  /// How long to sleep before looking for cancellation again.
  private static let nap = Duration.milliseconds(50)

  /// Takes all of `bytes`, waiting on this thread, which must be one that may block.
  /// - Throws: `CancellationError` within 50 ms of the cancellation.
  public func wait(for bytes: UInt64, _ cancellation: Cancellation) throws {
    var left = bytes - take(upTo: bytes)
    while left > 0 {
      try cancellation.check()
      Thread.sleep(for: min(Self.nap, delay(for: left)))
      left -= take(upTo: left)
    }
  }

  /// Takes all of `bytes`, waiting without a thread.
  /// - Throws: `CancellationError`.
  public func wait(for bytes: UInt64) async throws {
    var left = bytes - take(upTo: bytes)
    while left > 0 {
      try await Task.sleep(for: delay(for: left))
      left -= take(upTo: left)
    }
  }
}
