import Quantities
import TSDB
import Thanos

/// Blocks of the same labels and resolution that share time. Without vertical compaction Thanos' compactor halts there,
/// and a query counts samples of both.
enum OverlappingBlocks: BucketCheck {
  static func findings(in inventory: BucketInventory) -> [Finding] {
    let blocks = inventory.liveBlocks
    let index = OverlapIndex(blocks.map { BlockSpan($0) })
    let sources = Dictionary(blocks.map { ($0.ulid, $0.sourceSet) }, uniquingKeysWith: { first, _ in first })
    var findings: [Finding] = []
    for block in blocks {
      let span = BlockSpan(block)
      // Each pair once, with the older name first. The same data twice is a finding of its own.
      let others = index.overlaps(with: span).filter { $0.ulid < span.ulid && sources[$0.ulid] != block.sourceSet }
      guard let first = others.first else { continue }
      let more = others.count > 1 ? " and \(others.count - 1) more" : ""
      let start = Timestamp.text(max(first.minTime, span.minTime))
      let end = Timestamp.text(min(first.maxTime, span.maxTime))
      findings.append(
        Finding(
          .overlappingBlocks, block: block.ulid, file: BlockObjects(block.ulid).prefix,
          "shares time with \(first.ulid)\(more), from \(start) to \(end), labels \(block.labels)",
          occurrences: others.count))
    }
    return findings
  }
}

extension BlockDescription {
  var sourceSet: Set<ULID> { Set(meta.compaction.sources) }
}
