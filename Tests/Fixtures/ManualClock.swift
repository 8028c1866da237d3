import Synchronization

/// A clock that a test moves on by hand, so that no test depends on how busy the machine is.
public final class ManualClock: Clock {
  public struct Instant: InstantProtocol {
    var time: Duration
    public func advanced(by duration: Duration) -> Self { Self(time: time + duration) }
    public func duration(to other: Self) -> Duration { other.time - time }
    public static func < (left: Self, right: Self) -> Bool { left.time < right.time }
  }

  private struct State {
    var now = Instant(time: .zero)
    var count = 0
    var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
    /// Sleeps that were cancelled before they began.
    var cancelled: Set<Int> = []
  }

  private let state = Mutex(State())

  public init() {}

  public var now: Instant { state.withLock { $0.now } }
  public var minimumResolution: Duration { .nanoseconds(1) }

  public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let number = state.withLock { state in
      state.count += 1
      return state.count
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
          if deadline <= state.now { return .success(()) }
          state.sleepers[number] = (deadline, continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        guard let sleeper = state.sleepers.removeValue(forKey: number) else {
          state.cancelled.insert(number)
          return Optional<CheckedContinuation<Void, any Error>>.none
        }
        return sleeper.continuation
      }
      sleeper?.resume(throwing: CancellationError())
    }
  }

  /// Waits until `count` tasks sleep, and then moves the time on, which wakes those whose time has come.
  public func advance(by duration: Duration, sleepers count: Int) async throws {
    while state.withLock({ $0.sleepers.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
    advance(by: duration)
  }

  /// Moves the time on.
  public func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.value.deadline <= state.now }
      for number in due.keys { state.sleepers[number] = nil }
      return due.values.sorted { $0.deadline < $1.deadline }
    }
    for sleeper in due { sleeper.continuation.resume() }
  }
}
