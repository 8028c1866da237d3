import TSDB
import Thanos

/// The blocks of a bucket that will last, each stretch of data once.
///
/// A block that is marked for deletion, and one that Thanos has compacted into another but not deleted yet, still take
/// up room, but neither measures how much data arrives. Replicas differ by a label and are blocks of their own.
struct LastingBlocks: Sendable {
  /// Sorted by time.
  let blocks: [StoredBlock]
  /// Marked for deletion, or made into others.
  let leaving: [StoredBlock]

  init(_ all: [StoredBlock]) {
    let unmarked = all.filter { !$0.isMarkedForDeletion }
    var bySource: [BlockSet: [ULID: [StoredBlock]]] = [:]
    for block in unmarked {
      for source in block.description.meta.compaction.sources {
        bySource[block.description.blockSet, default: [:]][source, default: []].append(block)
      }
    }
    var lasting: [StoredBlock] = []
    var leaving = all.filter(\.isMarkedForDeletion)
    for block in unmarked {
      let first = block.description.meta.compaction.sources.first ?? block.description.ulid
      let candidates = bySource[block.description.blockSet]?[first] ?? []
      if candidates.contains(where: { Self.replaces($0, block) }) { leaving.append(block) } else { lasting.append(block) }
    }
    blocks = lasting.sorted {
      ($0.minTime, $0.maxTime, $0.description.ulid) < ($1.minTime, $1.maxTime, $1.description.ulid)
    }
    self.leaving = leaving
  }

  /// Whether a block holds all that the other does: more sources, or as many in a younger block, as Thanos' own filter
  /// of duplicates has it.
  private static func replaces(_ heir: StoredBlock, _ block: StoredBlock) -> Bool {
    guard heir.description.ulid != block.description.ulid, heir.covers(block) else { return false }
    let (theirs, sources) = (heir.description.meta.compaction.sources, block.description.meta.compaction.sources)
    guard Set(sources).isSubset(of: theirs) else { return false }
    return theirs.count > sources.count || heir.description.ulid > block.description.ulid
  }
}
