import Glibc
import Synchronization

/// The MD5 or SHA-256 of many regions at the same time: as many as a thread has lanes take little longer than one of them
/// alone. MD5 has 16 lanes with AVX2 or AVX-512 and 8 without, SHA-256 has 2.
///
/// Threads of its own, since they run for as long as there is work. One of them takes as many regions as it has lanes
/// and reads 32 KiB of each in turn; another joins in only when those lanes are taken and what waits fills half of its own,
/// since a few lanes cost as much as all of them. A region that waits takes a lane as soon as one gets free.
public final class ParallelDigest: Sendable {
  public static let md5 = ParallelDigest(threads: defaultThreads, .md5(.best))

  /// `nil` where the processor has no instructions for it: SHA-256 in vectors is no faster than one after the other.
  public static let sha256: ParallelDigest? =
    DigestKernel.sha256.lanes > 0 ? ParallelDigest(threads: defaultThreads, .sha256) : nil

  /// One for every two cores, at most two: they are to leave room for those who send what was hashed.
  private static let defaultThreads = max(1, min(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2))

  private let kernel: DigestKernel
  private let lanes: Int
  private let queue: Mutex<Queue>
  private let wake = Semaphore()

  private struct Queue: Sendable {
    var waiting: [Job] = []
    /// Lanes that threads at work have left.
    var free = 0
    /// Threads that sleep.
    var idle = 0
    /// Threads in all.
    var threads = 0

    /// Whether another thread is to begin.
    func needsThread(with lanes: Int) -> Bool {
      idle > 0 && (idle == threads || waiting.count - free >= max(1, lanes / 2))
    }
  }

  private struct Job: Sendable {
    let source: DigestSource
    let cancellation: Cancellation
    let continuation: CheckedContinuation<[UInt8], any Error>
  }

  /// - Parameters:
  ///   - threads: started at once, and kept for as long as the process lives.
  ///   - kernel: one that the machine has.
  init(threads: Int, _ kernel: DigestKernel) {
    self.kernel = kernel
    lanes = kernel.lanes
    queue = Mutex(Queue())
    for number in 0..<threads {
      guard (try? Thread.start(named: "digest-\(number)", { [self] in work() })) != nil else { break }
      queue.withLock { queue in
        queue.idle += 1
        queue.threads += 1
      }
      started.store(true, ordering: .relaxed)
    }
  }

  private let started = Atomic(false)

  /// The digest of a region of a file.
  /// - Parameter range: in bytes.
  /// - Throws: `FileError` (end of file if the file has become shorter), `CancellationError`.
  public func digest(of file: OpenFile, _ range: Range<UInt64>) async throws -> [UInt8] {
    try await digest(of: .file(file, range))
  }

  /// The digest of bytes.
  /// - Throws: `CancellationError`.
  public func digest(of bytes: [UInt8]) async throws -> [UInt8] {
    try await digest(of: .bytes(bytes))
  }

  private func digest(of source: DigestSource) async throws -> [UInt8] {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        submit(Job(source: source, cancellation: cancellation, continuation: continuation))
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  private func submit(_ job: Job) {
    guard started.load(ordering: .relaxed) else {
      // A machine that gives no thread is slower, not wrong.
      var batch = Batch(kernel)
      batch.take(job)
      while batch.jobs > 0 { batch.step() }
      return
    }
    let needsThread = queue.withLock { queue in
      queue.waiting.append(job)
      guard queue.needsThread(with: lanes) else { return false }
      queue.idle -= 1
      queue.free += lanes
      return true
    }
    if needsThread { wake.signal() }
  }

  private func work() {
    var batch = Batch(kernel)
    while true {
      wake.wait()
      var done = 0
      while let jobs = next(done: done, left: batch.jobs) {
        for job in jobs { batch.take(job) }
        done = batch.step()
      }
    }
  }

  /// What a thread is to take on.
  /// - Parameters:
  ///   - done: jobs that it has finished since it asked before.
  ///   - left: jobs that it has still.
  /// - Returns: at most as many jobs as it has free lanes; `nil` if it is to sleep.
  private func next(done: Int, left: Int) -> [Job]? {
    queue.withLock { queue in
      queue.free += done
      let jobs = Array(queue.waiting.prefix(lanes - left))
      if jobs.isEmpty, left == 0 {
        queue.idle += 1
        queue.free -= lanes
        return nil
      }
      queue.waiting.removeFirst(jobs.count)
      queue.free -= jobs.count
      return jobs
    }
  }

  /// The lanes of one thread, and whom their digests are for.
  private struct Batch: ~Copyable {
    private var lanes: DigestLanes
    private var owners: [Job?]
    private(set) var jobs = 0

    init(_ kernel: DigestKernel) {
      lanes = DigestLanes(kernel)
      owners = Array(repeating: nil, count: lanes.count)
    }

    mutating func take(_ job: Job) {
      guard let lane = owners.firstIndex(where: { $0 == nil }) else { return }
      owners[lane] = job
      lanes.start(job.source, in: lane)
      jobs += 1
    }

    /// Takes every job a window further at most, and answers those that have come to their end.
    /// - Returns: how many those are.
    @discardableResult
    mutating func step() -> Int {
      let before = jobs
      for (lane, owner) in owners.enumerated() {
        guard let owner else { continue }
        do {
          try owner.cancellation.check()
          try lanes.fill(lane)
        } catch {
          lanes.clear(lane)
          answer(lane, owner, .failure(error))
        }
      }
      lanes.advance()
      for (lane, owner) in owners.enumerated() {
        if let owner, let digest = lanes.finish(lane) { answer(lane, owner, .success(digest)) }
      }
      return before - jobs
    }

    private mutating func answer(_ lane: Int, _ owner: Job, _ result: Result<[UInt8], any Error>) {
      owners[lane] = nil
      jobs -= 1
      owner.continuation.resume(with: result)
    }
  }
}
