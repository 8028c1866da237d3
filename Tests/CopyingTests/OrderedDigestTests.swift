import Crypto
import Fixtures
import Synchronization
import Testing

@testable import Copying
@testable import Delivery

@Suite("hashes of ranges that arrive in any order")
struct OrderedDigestTests {
  private let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  private func expected(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test("ranges count in the order of their places", arguments: 1...4 as ClosedRange<UInt64>)
  func order(seed: UInt64) async throws {
    let digest = OrderedDigest(withMD5: true)
    var random = SeededRandom(seed: seed)
    for _ in 0..<2 {  // a second pass begins anew
      let starts = Array(stride(from: 0, to: content.count, by: 7_001))
      let pass = digest.begin(at: 0)
      let shuffled = starts.shuffled(using: &random)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for start in shuffled {
          group.addTask {
            let bytes = Array(content[start..<min(content.count, start + 7_001)])
            try await digest.take(bytes, at: UInt64(start), pass: pass)
          }
        }
        try await group.waitForAll()
      }
      let digests = try #require(digest.digests(of: UInt64(content.count)))
      #expect(digests.sha256 == expected(content))
      #expect(digests.md5 == OrderedDigest.md5(of: content))
    }
  }

  @Test("half of the content has no hash, nothing at all has one")
  func unfinished() async throws {
    let digest = OrderedDigest(withMD5: false)
    #expect(digest.digests(of: 0)?.sha256 == expected([]))
    try await digest.take([1, 2], at: 0, pass: digest.begin(at: 0))
    #expect(digest.digests(of: 3) == nil)
    #expect(digest.digests(of: 2)?.md5 == nil)
  }

  @Test("who waits for a range that failed, is cancelled, or comes twice, does not wait for ever")
  func released() async throws {
    struct Lost: Error {}
    let digest = OrderedDigest(withMD5: false)
    let pass = digest.begin(at: 0)
    let cancelled = Task { try await digest.take([2], at: 1, pass: pass) }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    let waiting = Task { try await digest.take([3], at: 2, pass: pass) }
    digest.fail(Lost(), pass: pass)
    await #expect(throws: Lost.self) { try await waiting.value }
    let next = digest.begin(at: 0)
    await #expect(throws: CancellationError.self) { try await digest.take([1], at: 0, pass: pass) }
    try await digest.take([1], at: 0, pass: next)
    await #expect(throws: OrderedDigest.OutOfOrder.self) { try await digest.take([1], at: 0, pass: next) }
  }

  @Test("no more bytes are held than there is room for, in the order of asking, and what is too large comes alone")
  func memory() async throws {
    let share = MemoryShare(of: 10)
    let held = Held()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for weight in [3, 3, 3, 50, 4, 7, 1, 10, 0, 2] {
        group.addTask {
          try await share.holding(UInt64(weight)) {
            held.add(min(weight, 10))
            try await Task.sleep(for: .milliseconds(2))
            held.add(-min(weight, 10))
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(held.most <= 10 && held.most > 0)
    // Whoever is cancelled while it waits takes nothing with it.
    try await share.holding(10) {
      let waiting = Task { try await share.holding(1) {} }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
    }
    try await share.holding(10) {}
  }
}

/// What is held at a time.
private final class Held: Sendable {
  private let state = Mutex((now: 0, most: 0))
  var most: Int { state.withLock { $0.most } }
  func add(_ bytes: Int) { state.withLock { $0 = ($0.now + bytes, max($0.most, $0.now + bytes)) } }
}
