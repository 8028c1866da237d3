import Platform
public import TSDB

/// Looks into a block before it is sent, off the cooperative threads, and stops where the task is cancelled.
struct BlockExamination: Sendable {
  let depth: BlockCheck.Depth

  /// - Throws: `CorruptBlock` for a damaged one, `CancellationError`.
  func run(_ block: OpenBlock) async throws {
    guard depth != .none else { return }
    var check = BlockCheck(block, depth: depth)
    check = await Self.step(check) { $0.checkIndex() }
    for segment in check.segments {
      try Task.checkCancellation()
      check = await Self.step(check) { $0.checkSegment(segment) }
    }
    check = await Self.step(check) { $0.finish() }
    // An encoding that is newer than this program is no damage: its checksum is right.
    let faults = check.faults.filter { $0.kind != .unknownEncoding }
    if !faults.isEmpty { throw CorruptBlock(faults: faults) }
  }

  private static func step(
    _ check: BlockCheck, _ body: @escaping @Sendable (inout BlockCheck) -> Void
  ) async -> BlockCheck {
    await BlockingPool.shared.run {
      var check = check
      body(&check)
      return check
    }
  }
}

/// A block whose files are damaged. It is not sent.
public struct CorruptBlock: Error, CustomStringConvertible {
  /// At least one.
  public let faults: [BlockFault]

  public var description: String {
    let first = faults.first.map(\.description) ?? "damaged"
    return faults.count > 1 ? "\(first) (and \(faults.count - 1) more findings)" : first
  }
}
