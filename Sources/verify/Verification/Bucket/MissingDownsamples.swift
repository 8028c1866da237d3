import TSDB
import Thanos

/// Blocks that are long enough for the compactor to downsample (40 h to 5m, 10 days to 1h) and of whose data there is
/// no downsampled block: it has not come so far, or it does not downsample.
enum MissingDownsamples: BucketCheck {
  private static let steps: [(from: Resolution, to: Resolution, name: String, least: Int64)] = [
    (.raw, .fiveMinutes, "5m", BlockRanges.fiveMinutesFrom), (.fiveMinutes, .oneHour, "1h", BlockRanges.oneHourFrom),
  ]

  static func findings(in inventory: BucketInventory) -> [Finding] {
    let blocks = inventory.liveBlocks
    // As the compactor decides it: by the sources that the blocks of the next resolution have, whoever made them.
    var sources: [BlockSet: Set<ULID>] = [:]
    for block in blocks { sources[block.blockSet, default: []].formUnion(block.sourceSet) }
    return steps.flatMap { step in
      blocks.filter { block in
        guard block.resolution == step.from, !inventory.has(.noDownsample, block.ulid) else { return false }
        let (length, overflow) = block.meta.maxTime.subtractingReportingOverflow(block.meta.minTime)
        guard overflow || length >= step.least else { return false }
        let held = sources[BlockSet(labels: block.labels, resolution: step.to)] ?? []
        return !block.sourceSet.isSubset(of: held)
      }.map { block in
        Finding(
          .missingDownsample, block: block.ulid, file: BlockObjects(block.ulid).prefix,
          "long enough to be downsampled, and there is no block of \(step.name) with its data, labels \(block.labels)")
      }
    }
  }
}
