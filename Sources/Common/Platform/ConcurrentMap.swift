extension Array where Element: Sendable {
  /// Runs `work` for every element, so many of them at a time.
  /// - Parameter limit: 1 or more.
  /// - Returns: the results in the order of the elements.
  /// - Throws: the first error, after which the others are cancelled.
  public func concurrentMap<Value: Sendable>(
    atMost limit: Int, _ work: @escaping @Sendable (Element) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      var values = [Value?](repeating: nil, count: count)
      for (place, element) in enumerated() {
        if place >= limit, let (done, value) = try await group.next() { values[done] = value }
        group.addTask { (place, try await work(element)) }
      }
      for try await (done, value) in group { values[done] = value }
      return values.compactMap(\.self)
    }
  }
}

extension BlockingPool {
  /// Runs `work`, which blocks, for many items on all threads: in pieces that are large enough that handing them over
  /// costs nothing, and small enough that all threads have some.
  /// - Parameter piece: items, 1 or more.
  /// - Returns: the results in the order of the items.
  public func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], piece: Int = 64, _ work: @escaping @Sendable (Item) -> Value
  ) async -> [Value] {
    await withTaskGroup(of: (Int, [Value]).self) { group in
      for start in stride(from: 0, to: items.count, by: piece) {
        let part = Array(items[start..<Swift.min(start + piece, items.count)])
        group.addTask { (start / piece, await self.run { part.map(work) }) }
      }
      var parts = [[Value]](repeating: [], count: (items.count + piece - 1) / piece)
      for await (place, values) in group { parts[place] = values }
      return parts.flatMap(\.self)
    }
  }
}
