public import Console
public import Logging
public import ObjectStore
public import PrometheusAPI
public import Thanos

/// One run of `backfill` with its display: plan, upload, report.
public struct BackfillRun {
  private let path: String
  private let backfill: Backfill
  private let facts: PrometheusFacts?
  private let progress: Progress
  private let logger: Logger

  /// - Parameter facts: what the Prometheus that owns the folder says of itself.
  public init(
    path: String, bucket: any Bucket, labels: ExternalLabels, facts: PrometheusFacts? = nil, progress: ProgressStyle,
    logger: Logger
  ) {
    self.path = path
    self.facts = facts
    self.backfill = Backfill(bucket: bucket, labels: labels, logger: logger)
    self.progress = Progress(progress, logger: logger)
    self.logger = logger
  }

  /// - Throws: what `Backfill.plan` throws. What concerns one block is in the report.
  public func run() async throws -> BackfillReport {
    defer { progress.finish() }
    let plan = try await backfill.plan(path)
    for leftover in plan.leftovers {
      logger.warning(
        "left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    for line in facts.map({ PrometheusWarnings($0, of: plan) })?.lines ?? [] { logger.warning("\(line)") }
    let uploads = plan.uploads
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_upload": "\(uploads.count)"])
    progress.begin("upload", bytes: uploads.reduce(0) { $0 &+ $1.size }, blocks: uploads.count)
    var report = BackfillReport()
    await backfill.carryOut(plan, sent: { [progress] in progress.advance(bytes: Int64(clamping: $0)) }) { block, outcome in
      if case .uploaded = outcome { progress.finishBlock() }
      if case .failed(let error) = outcome {
        logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      }
      report.add(block, outcome)
    }
    return report
  }
}
