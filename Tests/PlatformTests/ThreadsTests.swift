import Platform
import Synchronization
import Testing

@Suite("Threads")
struct ThreadsTests {
  @Test("work runs on threads of the pool, with its result or error")
  func results() async throws {
    struct Broken: Error {}
    let pool = BlockingPool(threads: 3)
    let sum = await withTaskGroup { group in
      for number in 1...500 { group.addTask { await pool.run { number } } }
      return await group.reduce(0, +)
    }
    #expect(sum == 125_250)
    await #expect(throws: Broken.self) { try await pool.run { throw Broken() } as Void }
  }

  @Test("as many jobs run at once as there are threads")
  func parallel() async {
    let pool = BlockingPool(threads: 4)
    let arrived = Semaphore()
    // Each waits for the other three: with fewer threads this would not end.
    await withTaskGroup { group in
      let gate = Semaphore()
      for _ in 0..<4 {
        group.addTask {
          await pool.run {
            arrived.signal()
            gate.wait()
          }
        }
      }
      await BlockingPool.shared.run {
        for _ in 0..<4 { arrived.wait() }
        for _ in 0..<4 { gate.signal() }
      }
      await group.waitForAll()
    }
  }

  @Test("a thread runs its body once, and bears its name")
  func thread() async throws {
    let name: String = try await withCheckedThrowingContinuation { continuation in
      do {
        try Thread.start(named: "a-name-that-is-too-long") {
          // The system's call for it is a GNU extension that Swift does not see; the file has a size of 0.
          var buffer = [UInt8](repeating: 0, count: 64)
          let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            try? unsafe OpenFile("/proc/thread-self/comm").read(at: 0, into: buffer)
          }
          continuation.resume(returning: String(decoding: buffer.prefix(count ?? 0), as: UTF8.self))
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
    #expect(name == "a-name-that-is-\n")
  }

  @Test("a pool without threads works in place")
  func noThreads() async {
    #expect(await BlockingPool(threads: 0).run { 5 } == 5)
  }
}
