import Synchronization
import Testing

@testable import HTTP

@Suite("Retries")
struct RetryPolicyTests {
  private struct Failure: RetryableFailure, Equatable {
    var number = 0
    var retryAdvice: RetryAdvice
  }

  /// A clock that only sleeping moves.
  private final class FakeTime: Sendable {
    let state = Mutex((now: Duration.zero, sleeps: [Duration]()))

    func clock(random: @escaping @Sendable () -> Double = { 1 }) -> RetryClock {
      RetryClock(
        now: { self.state.withLock { $0.now } },
        sleep: { duration in
          self.state.withLock {
            $0.now += duration
            $0.sleeps.append(duration)
          }
        }, random: random)
    }

    var sleeps: [Duration] { state.withLock { $0.sleeps } }
  }

  /// Fails `times` times.
  private func attempts(
    _ policy: RetryPolicy, failing times: Int, advice: RetryAdvice = .retry(after: nil), progress: () -> UInt64 = { 0 }
  ) async throws -> Int {
    try await policy.run(progress: progress) { attempt in
      if attempt <= times { throw Failure(number: attempt, retryAdvice: advice) }
      return attempt
    }
  }

  @Test("delays double up to the cap")
  func backOff() async throws {
    let time = FakeTime()
    let policy = RetryPolicy(base: .seconds(1), cap: .seconds(5), clock: time.clock())
    #expect(try await attempts(policy, failing: 5) == 6)
    #expect(time.sleeps == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
  }

  @Test("jitter takes any part of the delay")
  func jitter() async throws {
    let time = FakeTime()
    let policy = RetryPolicy(base: .seconds(1), cap: .seconds(5), clock: time.clock { 0.25 })
    _ = try await attempts(policy, failing: 3)
    #expect(time.sleeps == [.milliseconds(250), .milliseconds(500), .seconds(1)])
  }

  @Test("a server's wish is honoured, within reason")
  func serverDelay() async throws {
    let time = FakeTime()
    let policy = RetryPolicy(base: .seconds(1), clock: time.clock())
    _ = try await attempts(policy, failing: 1, advice: .retry(after: .seconds(30)))
    _ = try await attempts(policy, failing: 1, advice: .retry(after: .seconds(100_000)))
    #expect(time.sleeps == [.seconds(30), .seconds(120)])
  }

  @Test("ten refusals in ten seconds are not the end; the budget of time is")
  func budget() async throws {
    let time = FakeTime()
    let policy = RetryPolicy(budget: .seconds(300), clock: time.clock())
    #expect(try await attempts(policy, failing: 15) == 16)
    await #expect(throws: Failure.self) { _ = try await attempts(policy, failing: 1000) }
    #expect(time.state.withLock { $0.now } <= .seconds(600))
  }

  @Test("a number of attempts is the end where the configuration gives one")
  func limit() async throws {
    var policy = RetryPolicy(clock: FakeTime().clock())
    policy.attempts = 3
    #expect(try await attempts(policy, failing: 2) == 3)
    await #expect(throws: Failure(number: 3, retryAdvice: .retry(after: nil))) {
      _ = try await attempts(policy, failing: 5)
    }
  }

  @Test("progress gives the whole budget again")
  func progress() async throws {
    let counter = Atomic<UInt64>(0)
    var policy = RetryPolicy(clock: FakeTime().clock())
    policy.attempts = 2
    let attempts = try await attempts(policy, failing: 50) { counter.add(1, ordering: .relaxed).newValue }
    #expect(attempts == 51)
  }

  @Test("what is final is not tried again")
  func final() async throws {
    struct Plain: Error {}
    let policy = RetryPolicy(clock: FakeTime().clock())
    await #expect(throws: Failure(number: 1, retryAdvice: .never)) {
      _ = try await attempts(policy, failing: 5, advice: .never)
    }
    let count = Atomic(0)
    await #expect(throws: Plain.self) {
      try await policy.run { _ in
        count.add(1, ordering: .relaxed)
        throw Plain()
      }
    }
    #expect(count.load(ordering: .relaxed) == 1)
  }
}
