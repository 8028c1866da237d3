/// Brings the parts of one object on their way, a few at a time. Parts are prepared (fetched, hashed) ahead of those that
/// are being delivered, so that the network never waits for a hash and hashes can share the processor.
struct PartTransfer: Sendable {
  let content: ObjectContent
  /// Bytes of each part but the last.
  let partSize: UInt64
  /// Deliveries at a time.
  let parallel: Int
  let regions: [Range<UInt64>]

  init(_ content: ObjectContent, partSize: UInt64, parallel: Int) {
    self.content = content
    self.partSize = partSize
    self.parallel = parallel
    regions = Self.regions(of: content.size, partSize: partSize)
  }

  /// The regions of an object's bytes, one a part.
  static func regions(of size: UInt64, partSize: UInt64) -> [Range<UInt64>] {
    stride(from: 0, to: size, by: Int(clamping: max(1, partSize))).map { $0..<min(size, $0 + partSize) }
  }

  private enum Step<Delivered: Sendable>: Sendable {
    case prepared(PreparedPart)
    case delivered(number: Int, Delivered)
  }

  /// - Parameters:
  ///   - prepare: is asked for the parts in their order; numbers begin with 1.
  ///   - deliver: brings one to the store, or finds that it holds it.
  /// - Returns: what `deliver` gave for each part, in the parts' order.
  func run<Delivered: Sendable>(
    prepare: @escaping @Sendable (_ number: Int, _ region: Range<UInt64>) async throws -> PreparedPart,
    deliver: @escaping @Sendable (PreparedPart) async throws -> Delivered
  ) async throws -> [Delivered] {
    let ahead = PreparedPart.ahead(of: content, partSize: partSize)
    let batch = PreparedPart.batch(of: content)
    var results: [(number: Int, delivered: Delivered)] = []
    try await withThrowingTaskGroup(of: Step<Delivered>.self) { group in
      var waiting = regions.indices.makeIterator()
      var ready: [PreparedPart] = []
      var (open, moving) = (0, 0)
      while true {
        let room = ahead - open
        for _ in 0..<(room < batch ? 0 : room) {
          guard let index = waiting.next() else { break }
          // Immediately, so that a source is asked for its ranges in their order.
          group.addImmediateTask { .prepared(try await prepare(index + 1, regions[index])) }
          open += 1
        }
        while moving < parallel, !ready.isEmpty {
          let part = ready.removeFirst()
          group.addTask { .delivered(number: part.number, try await deliver(part)) }
          moving += 1
        }
        guard let step = try await group.next() else { return }
        switch step {
        case .prepared(let part): ready.append(part)
        case .delivered(let number, let delivered):
          results.append((number, delivered))
          open -= 1
          moving -= 1
        }
      }
    }
    return results.sorted { $0.number < $1.number }.map(\.delivered)
  }
}
