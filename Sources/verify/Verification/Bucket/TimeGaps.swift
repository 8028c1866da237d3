import Quantities
import TSDB
import Thanos

/// Time between two blocks of the same labels and resolution that no block covers: a block that is missing, or a
/// Prometheus that was down, which only its owner can tell.
enum TimeGaps: BucketCheck {
  /// Shorter ones (ms) are the way to the first sample of the next block.
  private static let least: Int64 = 5 * 60_000

  static func findings(in inventory: BucketInventory) -> [Finding] {
    let sets = Dictionary(grouping: inventory.liveBlocks, by: \.blockSet)
    return sets.flatMap { gaps(in: $0.value) }.sorted { $0.file < $1.file }
  }

  /// - Parameter blocks: of one set.
  private static func gaps(in blocks: [BlockDescription]) -> [Finding] {
    var findings: [Finding] = []
    var covered: Int64?
    for block in blocks.sorted(by: { ($0.meta.minTime, $0.ulid) < ($1.meta.minTime, $1.ulid) }) {
      if let end = covered, case let (gap, overflow) = block.meta.minTime.subtractingReportingOverflow(end),
        overflow || gap >= least, block.meta.minTime > end
      {
        findings.append(
          Finding(
            .timeGap, block: block.ulid, file: BlockObjects(block.ulid).prefix,
            "no block covers the time from \(Timestamp.text(end)) to its beginning at"
              + " \(Timestamp.text(block.meta.minTime)), labels \(block.labels), resolution \(block.resolution.milliseconds) ms"))
      }
      covered = max(covered ?? .min, block.meta.maxTime)
    }
    return findings
  }
}
