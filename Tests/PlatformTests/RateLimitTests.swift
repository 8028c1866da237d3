import Platform
import Synchronization
import Testing

/// Time that passes when a test says so.
private final class Clock: Sendable {
  private let time = Mutex(Duration.zero)
  var now: @Sendable () -> Duration { { self.time.withLock { $0 } } }
  func pass(_ duration: Duration) { time.withLock { $0 += duration } }
}

@Suite("Rate limit", .timeLimit(.minutes(1)))
struct RateLimitTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var rate: UInt64
    /// Bytes that are there at the start.
    var burst: UInt64
    var testDescription: String { "\(rate) B/s" }
  }

  private static let cases = [
    Case(rate: 0, burst: 64 << 10), Case(rate: 1, burst: 64 << 10), Case(rate: 1000, burst: 64 << 10),
    Case(rate: 1 << 20, burst: 128 << 10), Case(rate: 50 << 20, burst: 50 << 17), Case(rate: 8 << 30, burst: 1 << 30),
    Case(rate: .max, burst: .max / 8),
  ]

  @Test("what is handed out over a time is the burst and the rate", arguments: cases)
  func rates(_ test: Case) {
    let clock = Clock()
    let limit = RateLimit(bytesPerSecond: test.rate, now: clock.now)
    #expect(limit.burst == test.burst)
    var taken = 0.0
    func takeAll() {
      while true {
        let bytes = limit.take(upTo: .max)
        guard bytes > 0 else { break }
        taken += Double(bytes)
      }
    }
    takeAll()
    #expect(abs(taken - Double(test.burst)) <= Double(limit.grain))
    taken = 0
    // Steps that do not divide a second, and are shorter than what the burst can keep.
    for _ in 0..<3000 {
      clock.pass(.milliseconds(7))
      takeAll()
    }
    let expected = Double(max(1, test.rate)) * 21
    #expect(abs(taken - expected) <= max(2 * Double(limit.grain), expected * 1e-6))
  }

  @Test("after the delay that it says, there is something to take, and not much before", arguments: cases)
  func delays(_ test: Case) {
    let clock = Clock()
    let limit = RateLimit(bytesPerSecond: test.rate, now: clock.now)
    limit.settle(-Int64(clamping: limit.burst))
    while limit.take(upTo: .max) > 0 {}
    for _ in 0..<100 {
      let delay = limit.delay(for: .max)
      #expect(delay > .zero)
      clock.pass(delay / 2)
      #expect(limit.take(upTo: .max) == 0 || delay < .microseconds(1))
      clock.pass(delay / 2 + .nanoseconds(2))
      #expect(limit.take(upTo: .max) > 0)
    }
  }

  @Test("a long pause saves no more than the burst; a clock that goes back gives nothing")
  func pauses() {
    let clock = Clock()
    let limit = RateLimit(bytesPerSecond: 1 << 20, now: clock.now)
    #expect(limit.take(upTo: .max) == 128 << 10)
    clock.pass(.seconds(1_000_000_000))
    #expect(limit.take(upTo: .max) == 128 << 10)
    clock.pass(.seconds(-5))
    #expect(limit.take(upTo: .max) == 0)
    clock.pass(.seconds(5))
    #expect(limit.take(upTo: .max) == 0)
    clock.pass(.milliseconds(125))
    #expect(limit.take(upTo: .max) == 128 << 10)
  }

  @Test("a debt is paid before anything is handed out, and what comes back can be taken again")
  func debts() {
    let clock = Clock()
    let limit = RateLimit(bytesPerSecond: 1000, now: clock.now)
    limit.settle(-Int64(limit.burst) - 5000)
    #expect(limit.take(upTo: 1) == 0)
    clock.pass(.seconds(4))
    #expect(limit.take(upTo: 1) == 0)
    clock.pass(.seconds(2))
    #expect(limit.take(upTo: .max) == 1000)
    limit.settle(300)
    #expect(limit.take(upTo: .max) == 300)
    limit.settle(.min)
    #expect(limit.delay(for: 1) == .seconds(3600))
    limit.settle(.max)
    limit.settle(.max)
    #expect(limit.take(upTo: .max) == limit.burst)
  }

  @Test("small requests are served as soon as they can be, large ones from a grain on")
  func grains() {
    let clock = Clock()
    let limit = RateLimit(bytesPerSecond: 16_000, now: clock.now)
    #expect(limit.grain == 1000)
    #expect(limit.take(upTo: 0) == 0)
    #expect(limit.take(upTo: limit.burst) == limit.burst)
    clock.pass(.milliseconds(10))
    #expect(limit.take(upTo: 5000) == 0)
    #expect(limit.take(upTo: 100) == 100)
    clock.pass(.milliseconds(63))
    #expect(limit.take(upTo: 5000) == 1068)
  }

  @Test("waiting takes the time that it must, and ends soon after its task is cancelled", arguments: [true, false])
  func waiting(_ blocks: Bool) async throws {
    @Sendable func wait(_ limit: RateLimit, for bytes: UInt64) async throws {
      if blocks {
        try await BlockingPool.shared.runCancellably { try limit.wait(for: bytes, $0) }
      } else {
        try await limit.wait(for: bytes)
      }
    }
    let clock = ContinuousClock()
    let limit = RateLimit(bytesPerSecond: 1 << 20)
    let time = try await clock.measure { try await wait(limit, for: 384 << 10) }
    #expect(time > .milliseconds(200))
    let slow = RateLimit(bytesPerSecond: 1)
    let task = Task { try await wait(slow, for: 1 << 40) }
    try await Task.sleep(for: .milliseconds(20))
    let end = await clock.measure {
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    // It would wait for ages; a busy machine may take its time to say so.
    #expect(end < .seconds(5))
  }
}
