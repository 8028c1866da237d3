import Glibc
import Synchronization

/// Threads for work that blocks (reading, hashing, decoding): Swift's own pool is as small as the machine's cores and
/// must not wait.
public final class BlockingPool: Sendable {
  /// As many threads as cores, and at least four since some of them wait for a disk.
  public static let shared = BlockingPool(threads: max(4, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  private let jobs = Mutex(Queue())
  private let available = Semaphore()

  /// - Parameter threads: started at once, and kept for as long as the process lives.
  public init(threads: Int) {
    for number in 0..<threads {
      // A machine that gives fewer threads is slower, not wrong; without any, work is done in place (see `submit`).
      guard (try? Thread.start(named: "blocking-\(number)", { [self] in work() })) != nil else { break }
      hasThreads.store(true, ordering: .relaxed)
    }
  }

  private let hasThreads = Atomic(false)

  /// Runs `work` on a thread of the pool and gives its result, or throws what it throws.
  public func run<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      submit { continuation.resume(returning: Result(catching: work)) }
    }
    return try result.get()
  }

  /// Runs `work` on a thread of the pool and does not wait for it. Where there is no thread to be had it runs in place.
  public func start(_ work: @escaping @Sendable () -> Void) { submit(work) }

  private func submit(_ job: @escaping @Sendable () -> Void) {
    guard hasThreads.load(ordering: .relaxed) else { return job() }
    jobs.withLock { $0.incoming.append(job) }
    available.signal()
  }

  private func work() {
    while true {
      available.wait()
      let job = jobs.withLock { $0.next() }
      job?()
    }
  }
}

/// Jobs in the order in which they came, also when a hundred thousand wait: taking the first one moves no others.
private struct Queue: Sendable {
  var incoming: [@Sendable () -> Void] = []
  /// Older than `incoming`, the oldest last.
  private var outgoing: [@Sendable () -> Void] = []

  mutating func next() -> (@Sendable () -> Void)? {
    if outgoing.isEmpty {
      outgoing = incoming.reversed()
      incoming.removeAll()
    }
    return outgoing.popLast()
  }
}
