import TSDB

/// Which blocks one pass over an archive brings: the next ones in the order of their time, as many as fit.
///
/// Blocks go into the bucket oldest first. A block that comes before its turn waits in the scratch folder, from its first
/// entry until those that are older have come, too, and have been sent. As the first pass knows every entry's place, the
/// room that this takes is known beforehand; the blocks that would not fit are left to another pass. An archive in the
/// order of time takes one pass and the room of one block; so does any where all blocks fit together.
struct UnpackingPass {
  /// The blocks of this pass, oldest first.
  private(set) var blocks: [ArchivedBlock] = []
  /// The entry after which each of `blocks` can be sent.
  private var sent: [Int] = []
  /// The most that lies in the scratch folder at any time. Bytes.
  private(set) var room: UInt64 = 0

  /// - Parameters:
  ///   - wanted: the blocks that are still to come, oldest first.
  ///   - limit: bytes.
  init(_ wanted: some Sequence<ArchivedBlock>, limit: UInt64) {
    for block in wanted {
      let end = max(block.lastEntry, sent.last ?? 0)
      let widened = max(room, roomNeeded(with: block, until: end))
      guard widened <= limit else { return }
      room = widened
      blocks.append(block)
      sent.append(end)
    }
  }

  /// The most that lies there while a block more does: looked at where any block begins, since nothing grows in between.
  private func roomNeeded(with block: ArchivedBlock, until end: Int) -> UInt64 {
    let stay = block.firstEntry...end
    let starts = [block.firstEntry] + blocks.map(\.firstEntry).filter { stay.contains($0) }
    return starts.map { start in
      zip(blocks, sent).reduce(block.size) { sum, held in
        let isThere = held.0.firstEntry <= start && start <= held.1
        return isThere ? sum &+ held.0.size : sum
      }
    }.max() ?? block.size
  }
}
