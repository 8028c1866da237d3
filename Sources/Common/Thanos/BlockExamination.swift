import Platform
public import TSDB

/// Looks into a block on disk before it is trusted, off the cooperative threads, and stops where the task is cancelled.
public struct BlockExamination: Sendable {
  private let depth: BlockCheck.Depth

  public init(depth: BlockCheck.Depth) { self.depth = depth }

  /// - Parameter hashes: whether to compute the segments' SHA-256, in the same pass over their bytes.
  /// - Returns: the hashes in the order of the segments, in hexadecimal; none if they were not asked for.
  /// - Throws: `CorruptBlock` for a damaged one, `CancellationError`.
  @discardableResult
  public func run(_ block: OpenBlock, hashes: Bool = false) async throws -> [String] {
    var check = BlockCheck(block, depth: depth)
    check = await step(check) { $0.checkIndex() }
    var found: [String] = []
    for number in block.segments.indices where depth != .none || hashes {
      try Task.checkCancellation()
      let (after, hash) = try await examine(block, number, check, hashes: hashes)
      check = after
      if let hash { found.append(hash) }
    }
    check = await step(check) { $0.finish() }
    // An encoding that is newer than this program is no damage: its checksum is right.
    let faults = check.faults.all.filter { $0.kind != .unknownEncoding }
    if !faults.isEmpty { throw CorruptBlock(faults: faults) }
    return found
  }

  private func examine(
    _ block: OpenBlock, _ number: Int, _ check: BlockCheck, hashes: Bool
  ) async throws -> (BlockCheck, String?) {
    try await BlockingPool.shared.runCancellably { [depth] cancellation in
      var check = check
      if depth == .none { return (check, try SHA256Hex.of(block.segments[number].file)) }
      var hash = SHA256Hex()
      try check.checkSegment(number) { window in
        try cancellation.check()
        if hashes { hash.update(window) }
      }
      return (check, hashes ? hash.finalize() : nil)
    }
  }

  private func step(
    _ check: BlockCheck, _ body: @escaping @Sendable (inout BlockCheck) -> Void
  ) async -> BlockCheck {
    await BlockingPool.shared.run {
      var check = check
      body(&check)
      return check
    }
  }
}

/// A block whose files are damaged. It goes nowhere.
public struct CorruptBlock: Error, CustomStringConvertible {
  /// At least one.
  public let faults: [BlockFault]

  public init(faults: [BlockFault]) { self.faults = faults }

  public var description: String {
    let first = faults.first.map(\.description) ?? "damaged"
    let rest = faults.dropFirst().reduce(0) { $0 + $1.occurrences }
    return rest > 0 ? "\(first) (and \(rest) more findings)" : first
  }
}
