import Synchronization

/// Tells work on a thread of its own that the task which waits for it was cancelled.
public final class Cancellation: Sendable {
  private let isCancelled = Atomic(false)

  init() {}

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// - Throws: `CancellationError` once the task was cancelled.
  public func check() throws {
    if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
  }
}

extension BlockingPool {
  /// Runs `work`, which looks at its argument every now and then, on a thread of the pool.
  public func runCancellably<Result: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws -> Result
  ) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await run {
        try cancellation.check()
        return try work(cancellation)
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}
