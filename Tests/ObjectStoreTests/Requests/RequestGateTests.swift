import HTTP
import Logging
import Synchronization
import Testing

@testable import ObjectStore

@Suite("What a store's requests to slow down do to a run", .timeLimit(.minutes(1)))
struct S3CongestionWindowTests {
  @Test("it halves once a round, down to one, and grows by one a round of successes")
  func halves() {
    var window = CongestionWindow(maximum: 8)
    var sizes: [Int] = []
    for _ in 0..<5 {
      #expect(window.throttled(in: window.round, asked: nil, random: 0) != nil)
      sizes.append(window.requests)
    }
    #expect(sizes == [4, 2, 1, 1, 1])
    window.succeeded(in: window.round)
    #expect(window.requests == 2)
    window.succeeded(in: window.round)
    #expect(window.requests == 2)
    window.succeeded(in: window.round)
    window.succeeded(in: window.round)
    #expect(window.requests == 3)
    for _ in 0..<100 { window.succeeded(in: window.round) }
    #expect(window.requests == 8)
    #expect(!window.isReduced)
  }

  @Test("failures and successes of requests that were under way at a cut change nothing")
  func rounds() {
    var window = CongestionWindow(maximum: 8)
    let before = window.round
    _ = window.throttled(in: before, asked: nil, random: 0)
    for _ in 0..<7 { #expect(window.throttled(in: before, asked: nil, random: 0) == nil) }
    #expect(window.requests == 4)
    #expect(window.throttled(in: before, asked: .seconds(9), random: 0) == .seconds(9))
    for _ in 0..<20 { window.succeeded(in: before) }
    #expect(window.requests == 4)
  }

  @Test("pauses double up to a cap, begin anew after a success, and are no shorter than the store asks")
  func pauses() {
    var window = CongestionWindow(maximum: 8)
    func pause(_ random: Double, asked: Duration? = nil) -> Duration? {
      window.throttled(in: window.round, asked: asked, random: random)
    }
    #expect(pause(0) == .milliseconds(250))
    #expect(pause(0) == .milliseconds(500))
    #expect(pause(0.5) == .milliseconds(1500))
    for _ in 0..<100 { _ = pause(0) }
    #expect(pause(0) == .seconds(10))
    #expect(pause(0, asked: .seconds(25)) == .seconds(25))
    #expect(pause(0, asked: .seconds(100_000)) == .seconds(300))
    window.succeeded(in: window.round)
    #expect(pause(0) == .milliseconds(250))
  }

  @Test("throttling is told from other passing faults", arguments: [
    (503, "SlowDown", true), (503, "", true), (429, "", true), (400, "RequestLimitExceeded", true),
    (503, "SlowDownWrite", true), (500, "InternalError", false), (502, "", false), (400, "RequestTimeout", false),
    (403, "AccessDenied", false), (501, "NotImplemented", false),
  ])
  func throttling(_ status: Int, _ code: String, _ isThrottling: Bool) {
    let refusal = StoreRefusal(status: status, code: code)
    #expect(refusal.asksToSlowDown == isThrottling)
    #expect(refusal.isTemporary || !isThrottling)
  }
}

@Suite("The gate of requests with content", .timeLimit(.minutes(1)))
struct RequestGateTests {
  /// A clock whose sleeps end when the test says so, in order.
  private final class Clock: Sendable {
    private let state = Mutex((now: Duration.zero, sleepers: [(Duration, CheckedContinuation<Void, Never>)]()))

    var retryClock: RetryClock {
      RetryClock(
        now: { self.state.withLock { $0.now } },
        sleep: { duration in
          await withCheckedContinuation { continuation in
            self.state.withLock { $0.sleepers.append(($0.now + duration, continuation)) }
          }
        }, random: { 0 })
    }

    var sleepers: Int { state.withLock { $0.sleepers.count } }

    func pass(_ duration: Duration) {
      let due = state.withLock { state in
        state.now += duration
        let now = state.now
        let due = state.sleepers.filter { $0.0 <= now }
        state.sleepers.removeAll { $0.0 <= now }
        return due
      }
      for (_, continuation) in due { continuation.resume() }
    }
  }

  private final class Order: Sendable {
    private let state = Mutex<[Int]>([])
    var all: [Int] { state.withLock { $0 } }
    func append(_ number: Int) { state.withLock { $0.append(number) } }
  }

  private static let slowDown = StoreFailure.refused(StoreRefusal(status: 503, code: "SlowDown"))

  private func gate(_ requests: Int, _ clock: RetryClock = .system) -> RequestGate {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return RequestGate(requests: requests, clock: clock, logger: logger)
  }

  private func until(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
      try #require(ContinuousClock.now < deadline)
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  @Test("no more than allowed at a time, in the order in which they came; others pass by")
  func order() async throws {
    let gate = gate(3)
    let open = AsyncStream<Void>.makeStream()
    let order = Order()
    let blockers = (0..<3).map { _ in
      Task { try await gate.pass(carriesContent: true) { for await _ in open.stream { break } } }
    }
    try await until { gate.running == 3 }
    var waiters: [Task<Void, any Error>] = []
    for number in 0..<20 {
      waiters.append(Task { try await gate.pass(carriesContent: true) { order.append(number) } })
      try await until { gate.waiting == number + 1 }
    }
    #expect(try await gate.pass(carriesContent: false) { 7 } == 7)
    #expect(order.all.isEmpty)
    // One slot, so that they come out one by one.
    open.continuation.yield()
    for waiter in waiters { try await waiter.value }
    #expect(order.all == Array(0..<20))
    open.continuation.finish()
    for blocker in blockers { try await blocker.value }
    #expect(gate.running == 0)
  }

  @Test("after SlowDown nothing starts before the pause is over; then half as many do, and all again in the end")
  func slowsDown() async throws {
    let clock = Clock()
    let gate = gate(8, clock.retryClock)
    await #expect(throws: StoreFailure.self) {
      try await gate.pass(carriesContent: true) { throw Self.slowDown }
    }
    #expect(gate.allowed == 4)
    try await until { clock.sleepers == 1 }
    let load = Load()
    let tasks = (0..<40).map { _ in
      Task {
        try await gate.pass(carriesContent: true) {
          load.begin()
          defer { load.end() }
          try await Task.sleep(for: .milliseconds(2))
        }
      }
    }
    try await until { gate.waiting == 40 }
    clock.pass(.milliseconds(240))
    try await Task.sleep(for: .milliseconds(20))
    #expect(gate.running == 0)
    clock.pass(.milliseconds(20))
    for task in tasks { try await task.value }
    #expect(load.history.max() == 8)
    #expect(gate.allowed == 8)
    #expect(gate.running == 0)
  }

  @Test("requests that fail together count as one call to slow down")
  func together() async throws {
    let clock = Clock()
    let gate = gate(8, clock.retryClock)
    let open = AsyncStream<Void>.makeStream()
    let tasks = (0..<8).map { _ in
      Task {
        try await gate.pass(carriesContent: true) {
          for await _ in open.stream { break }
          throw Self.slowDown
        }
      }
    }
    try await until { gate.running == 8 }
    open.continuation.finish()
    for task in tasks { await #expect(throws: StoreFailure.self) { try await task.value } }
    #expect(gate.allowed == 4)
    try await until { clock.sleepers == 1 }
    clock.pass(.seconds(1))
    #expect(try await gate.pass(carriesContent: true) { 1 } == 1)
  }

  @Test("cancelled waiters leave the queue and lose no slot")
  func cancellation() async throws {
    let gate = gate(5)
    let load = Load()
    await withTaskGroup { group in
      for number in 0..<1000 {
        group.addTask {
          let task = Task {
            try await gate.pass(carriesContent: true) {
              load.begin()
              defer { load.end() }
              try await Task.sleep(for: .microseconds(Int64.random(in: 0..<500)))
            }
          }
          if number % 7 == 0 { task.cancel() }
          if number % 3 != 0 {
            try? await Task.sleep(for: .microseconds(Int64.random(in: 0..<60_000)))
            task.cancel()
          }
          _ = await task.result
        }
      }
    }
    #expect(load.history.max() == 5)
    #expect(gate.running == 0)
    #expect(gate.waiting == 0)
    // All five slots are there: five that wait for each other get through.
    let together = Load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<5 {
        group.addTask {
          try await gate.pass(carriesContent: true) {
            together.begin()
            try await until { together.history.count == 5 }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("time at the gate is not taken from the time that retries have")
  func patience() async throws {
    let patience = RequestPatience()
    let time = Mutex(Duration.zero)
    var policy = RetryPolicy(budget: .seconds(10), base: .zero)
    policy.clock = RetryClock(
      now: { time.withLock { $0 } }, sleep: { delay in time.withLock { $0 += delay } }, random: { 0 })
    let attempts = try await patience.excluded(from: policy).run { attempt in
      time.withLock { $0 += .seconds(60) }
      patience.add(.seconds(60))
      if attempt < 20 { throw Self.slowDown }
      return attempt
    }
    #expect(attempts == 20)
  }
}
