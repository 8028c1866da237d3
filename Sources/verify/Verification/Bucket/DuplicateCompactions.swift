import TSDB
import Thanos

/// Blocks that were compacted from the same sources: two compactors at work, or one that was killed between its upload
/// and the deletion of what it replaced.
enum DuplicateCompactions: BucketCheck {
  private struct Origin: Hashable {
    let set: BlockSet
    let sources: Set<ULID>
  }

  static func findings(in inventory: BucketInventory) -> [Finding] {
    var groups: [Origin: [BlockDescription]] = [:]
    for block in inventory.liveBlocks where !block.sourceSet.isEmpty {
      groups[Origin(set: block.blockSet, sources: block.sourceSet), default: []].append(block)
    }
    return groups.values.filter { $0.count > 1 }.flatMap { group in
      let sorted = group.sorted { $0.ulid < $1.ulid }
      return sorted.dropFirst().map { block in
        Finding(
          .duplicateCompaction, block: block.ulid, file: BlockObjects(block.ulid).prefix,
          "has the same \(block.sourceSet.count) sources as \(sorted[0].ulid), and labels \(block.labels)")
      }
    }.sorted { $0.file < $1.file }
  }
}
