/// A bounded number of bytes in memory, shared by those who wait for their turn in the order in which they came.
actor MemoryShare {
  private let limit: UInt64
  private var held: UInt64 = 0
  private var waiting: [(number: Int, weight: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
  private var count = 0

  /// - Parameter limit: bytes.
  init(of limit: UInt64) { self.limit = max(1, limit) }

  /// Runs `work` as soon as there is room for it. What needs more than there is gets all of it: a provider keeps of
  /// content that it fetches no more than a few parts.
  /// - Parameter bytes: of the content.
  /// - Throws: `CancellationError`, and what `work` throws.
  nonisolated func holding<Value: Sendable>(_ bytes: UInt64, _ work: () async throws -> Value) async throws -> Value {
    let weight = min(bytes, limit)
    try await acquire(weight)
    do {
      let value = try await work()
      await release(weight)
      return value
    } catch {
      await release(weight)
      throw error
    }
  }

  private func acquire(_ weight: UInt64) async throws {
    try Task.checkCancellation()
    if waiting.isEmpty, held + weight <= limit {
      held += weight
      return
    }
    count += 1
    let number = count
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        waiting.append((number, weight, continuation))
      }
    } onCancel: {
      Task { await letGo(number) }
    }
  }

  private func release(_ weight: UInt64) {
    held -= weight
    admit()
  }

  private func letGo(_ number: Int) {
    guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: place).continuation.resume(throwing: CancellationError())
    admit()
  }

  private func admit() {
    while let first = waiting.first, held + first.weight <= limit {
      held += first.weight
      waiting.removeFirst().continuation.resume()
    }
  }
}
