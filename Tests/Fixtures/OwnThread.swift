import Platform

/// Threads for what a test waits for: a process may take minutes, and a pool's threads are few, or stay for good.
public enum OwnThread {
  /// Runs `work` on a thread that ends with it.
  public static func run<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      do throws(FileError) {
        try Thread.start(named: "waiting") { continuation.resume(returning: Result(catching: work)) }
      } catch {
        continuation.resume(returning: Result(catching: work))
      }
    }
    return try result.get()
  }
}
