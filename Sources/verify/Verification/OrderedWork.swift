/// Work on many things at a time whose results come in the things' order.
enum OrderedWork {
  /// Results that may wait for that of a slower predecessor, for each place that works.
  private static let waiting = 16

  /// - Parameters:
  ///   - width: at a time, at least 1.
  ///   - begins: asked before each thing is begun. After a no, none is any more.
  ///   - take: gets every result.
  /// - Throws: what `work` and `take` throw.
  static func run<Element: Sendable, Result: Sendable>(
    _ elements: [Element], width: Int, begins: (Element) -> Bool = { _ in true },
    work: @escaping @Sendable (Element) async throws -> Result, take: (Result) async throws -> Void
  ) async throws {
    let width = max(1, width)
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var finished: [Int: Result] = [:]
      var (begun, taken, active) = (0, 0, 0)
      var isOver = false
      while true {
        while !isOver, active < width, begun < elements.count, begun - taken < waiting * width {
          try Task.checkCancellation()
          guard begins(elements[begun]) else {
            isOver = true
            break
          }
          let (number, element) = (begun, elements[begun])
          group.addTask { (number, try await work(element)) }
          begun += 1
          active += 1
        }
        guard let (number, result) = try await group.next() else { return }
        active -= 1
        finished[number] = result
        while let next = finished.removeValue(forKey: taken) {
          taken += 1
          try await take(next)
        }
      }
    }
  }

  /// The results themselves, in the elements' order.
  static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], width: Int, _ work: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(elements.count)
    try await run(elements, width: width, work: work) { results.append($0) }
    return results
  }
}
