import Platform
import Synchronization
import Testing

@Suite("Work on many things at a time")
struct ConcurrentMapTests {
  @Test("results come in the order of the elements, and no more than the limit run at a time", arguments: [1, 3, 100])
  func order(limit: Int) async throws {
    let running = Mutex((now: 0, most: 0))
    let values = try await Array(0..<40).concurrentMap(atMost: limit) { number in
      running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      // The later ones are done first.
      for _ in 0..<(40 - number) { await Task.yield() }
      running.withLock { $0.now -= 1 }
      return number * 2
    }
    #expect(values == (0..<40).map { $0 * 2 })
    #expect(running.withLock { $0.most } <= limit)
  }

  private struct Failure: Error {}

  @Test("an error ends it, and nothing is begun after it")
  func failure() async {
    let begun = Mutex(0)
    await #expect(throws: Failure.self) {
      _ = try await Array(0..<100).concurrentMap(atMost: 1) { number in
        begun.withLock { $0 += 1 }
        if number == 3 { throw Failure() }
      }
    }
    #expect(begun.withLock { $0 } == 4)
  }

  @Test("the pool's threads take pieces, and the results are in order", arguments: [0, 1, 64, 65, 1000])
  func pool(count: Int) async {
    let values = await BlockingPool.shared.map(Array(0..<count)) { $0 + 1 }
    #expect(values == Array(1..<(count + 1)))
  }
}
