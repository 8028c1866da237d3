public import TSDB

/// Which blocks of a bucket were compacted from which others.
///
/// Once Thanos' compactor has merged an uploaded block it deletes it: whoever looks for the block by its ULID alone would
/// take it for missing, and send it a second time.
public struct CompactedBlocks: Sendable {
  private var bySource: [BlockSet: [ULID: [BlockDescription]]] = [:]

  public init(_ blocks: some Sequence<BlockDescription>) {
    for block in blocks {
      for source in block.meta.compaction.sources where source != block.ulid {
        bySource[block.blockSet, default: [:]][source, default: []].append(block)
      }
    }
  }

  /// A block of the given set that was made from every source of `block` and covers its time.
  public func block(madeFrom block: BlockMeta, in set: BlockSet) -> ULID? {
    let sources = block.compaction.sources
    guard let first = sources.first, let candidates = bySource[set]?[first] else { return nil }
    return candidates.first { candidate in
      let meta = candidate.meta
      return meta.ulid != block.ulid && meta.minTime <= block.minTime && block.maxTime <= meta.maxTime
        && sources.allSatisfy(Set(meta.compaction.sources).contains)
    }?.ulid
  }

  /// The same in any set, for a block whose external labels are not known.
  public func block(madeFrom block: BlockMeta) -> ULID? {
    bySource.keys.lazy.compactMap { self.block(madeFrom: block, in: $0) }.first
  }
}
