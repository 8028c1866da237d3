public import Exposition
import TSDB

/// What a sidecar's shipper shows, by the same names, and what a user of this program wants besides.
///
/// Source: Thanos `pkg/shipper/shipper.go` (`newMetrics`), `cmd/thanos/sidecar.go`.
public struct ShipperMetrics: Sendable {
  /// Where a block of the folder stands after the last full round.
  public enum BlockState: String, CaseIterable, Sendable {
    case inBucket = "in_bucket", waiting, skipped, refused, corrupt, failed
  }

  let syncs: Metric
  let syncFailures: Metric
  let uploads: Metric
  let uploadFailures: Metric
  let corrupted: Metric
  /// `nil` where compacted blocks are not wanted, as in a sidecar.
  let compactedDone: Metric?
  let fullRounds: Metric
  let lastRound: Metric
  let lastFullRound: Metric
  private let blocks: [BlockState: Metric]

  public init(_ registry: MetricRegistry, uploadsCompacted: Bool) {
    func counter(_ name: String, _ help: String) -> Metric { registry.metric(.counter, name, help) }
    func gauge(_ name: String, _ help: String) -> Metric { registry.metric(.gauge, name, help) }
    syncs = counter("thanos_shipper_dir_syncs_total", "Rounds in which the data folder was looked at.")
    syncFailures = counter(
      "thanos_shipper_dir_sync_failures_total", "Rounds that failed as a whole: the folder or the bucket could not be read.")
    uploads = counter("thanos_shipper_uploads_total", "Blocks that were uploaded.")
    uploadFailures = counter("thanos_shipper_upload_failures_total", "Uploads of a block that failed, each try counted.")
    corrupted = counter("thanos_shipper_corrupted_blocks_total", "Blocks found corrupt, each block once.")
    compactedDone =
      uploadsCompacted
      ? gauge("thanos_shipper_upload_compacted_done", "1 when every compacted block of the folder is in the bucket.") : nil
    fullRounds = counter(
      "blockhaul_backfill_full_rounds_total", "Rounds that read the bucket too, since the folder had changed or it was time.")
    lastRound = gauge(
      "blockhaul_backfill_last_round_timestamp_seconds", "When the last round ended well, in seconds since 1970.")
    lastFullRound = gauge(
      "blockhaul_backfill_last_full_round_timestamp_seconds",
      "When the last round that read the bucket too ended well, in seconds since 1970.")
    var blocks: [BlockState: Metric] = [:]
    for state in BlockState.allCases {
      blocks[state] = registry.metric(
        .gauge, "blockhaul_backfill_blocks", "Blocks of the data folder by what became of them.",
        labels: [("state", state.rawValue)])
    }
    self.blocks = blocks
  }

  func show(_ states: [ULID: BlockState]) {
    var counts: [BlockState: Int] = [:]
    for state in states.values { counts[state, default: 0] += 1 }
    for state in BlockState.allCases { blocks[state]?.set(Double(counts[state] ?? 0)) }
  }

  /// One block of those that are shown goes from one state to another.
  func move(from old: BlockState?, to new: BlockState) {
    if let old { blocks[old]?.add(-1) }
    blocks[new]?.add()
  }
}
