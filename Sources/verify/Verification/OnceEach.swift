import Synchronization

/// Work whose result several need, done once for each key, by whoever asks first.
final class OnceEach<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let tasks = Mutex<[Key: Task<Value, any Error>]>([:])

  /// - Throws: what `work` throws. Whoever is cancelled cancels it for all: they belong to one run.
  func value(of key: Key, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = tasks.withLock { tasks in
      if let task = tasks[key] { return task }
      let task = Task { try await work() }
      tasks[key] = task
      return task
    }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
