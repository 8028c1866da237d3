import TSDB
import Thanos

/// Blocks of the bucket that carry the same external labels for the same time and were not made from any block of ours:
/// another Prometheus seems to use these labels, and Thanos would take the two for one.
struct SharedLabels: Sendable {
  /// Oldest first.
  let strangers: [BlockDescription]

  /// - Parameter local: every block of the source.
  init(_ labels: ExternalLabels, local: [BlockDescription], inBucket: [BucketBlock]) {
    var ours: Set<ULID> = []
    for block in local { ours.formUnion(block.meta.compaction.sources + [block.ulid]) }
    // Resolutions do not matter here: downsampled blocks are somebody's, too.
    strangers = inBucket.compactMap(\.description).filter { block in
      block.labels == labels && ours.isDisjoint(with: block.meta.compaction.sources + [block.ulid])
        && local.contains { $0.meta.minTime < block.meta.maxTime && block.meta.minTime < $0.meta.maxTime }
    }.sorted { ($0.meta.minTime, $0.ulid) < ($1.meta.minTime, $1.ulid) }
  }
}
