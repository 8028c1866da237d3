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
  /// The most that lies in the scratch folder at any time. Bytes.
  private(set) var room: UInt64 = 0
  private var stays: [Stay] = []

  /// How long a block lies in the scratch folder.
  private struct Stay {
    /// From its first entry to that after which it can be sent.
    let entries: ClosedRange<Int>
    /// Bytes.
    let size: UInt64
    /// Bytes of all the blocks that lie there when this one begins. Between two beginnings nothing grows.
    var held: UInt64
  }

  /// - Parameters:
  ///   - wanted: the blocks that are still to come, oldest first.
  ///   - limit: bytes.
  init(_ wanted: some Sequence<ArchivedBlock>, limit: UInt64) {
    for block in wanted {
      guard add(block, limit: limit) else { return }
      blocks.append(block)
    }
  }

  private mutating func add(_ block: ArchivedBlock, limit: UInt64) -> Bool {
    let (first, size) = (block.firstEntry, block.size)
    let entries = first...max(block.lastEntry, stays.last?.entries.upperBound ?? 0)
    let held = stays.reduce(size) { $1.entries.contains(first) ? $0.addingUpToMaximum($1.size) : $0 }
    var widened = max(room, held)
    for stay in stays where entries.contains(stay.entries.lowerBound) {
      widened = max(widened, stay.held.addingUpToMaximum(size))
    }
    guard widened <= limit else { return false }
    for place in stays.indices where entries.contains(stays[place].entries.lowerBound) { stays[place].held &+= size }
    stays.append(Stay(entries: entries, size: size, held: held))
    room = widened
    return true
  }
}
