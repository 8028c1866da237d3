public import Console
public import Logging
public import ObjectStore
public import PrometheusAPI
public import Thanos

/// One run of `backfill` with its display: plan, upload, report.
public struct BackfillRun {
  private let path: String
  private let skipsCorrupted: Bool
  private let backfill: Backfill
  private let facts: PrometheusFacts?
  private let progress: Progress
  private let logger: Logger

  /// - Parameter facts: what the Prometheus that owns the folder says of itself.
  public init(
    path: String, bucket: any Bucket, labels: ExternalLabels, facts: PrometheusFacts? = nil,
    options: BackfillOptions = BackfillOptions(), progress: ProgressStyle, logger: Logger
  ) {
    self.path = path
    self.facts = facts
    self.skipsCorrupted = options.skipsCorrupted
    self.backfill = Backfill(bucket: bucket, labels: labels, options: options, logger: logger)
    self.progress = Progress(progress, logger: logger)
    self.logger = logger
  }

  /// - Throws: what `Backfill.plan` throws. What concerns one block is in the report.
  public func run() async throws -> BackfillReport {
    defer { progress.finish() }
    let plan = try await backfill.plan(path)
    warn(of: plan)
    for warning in PlanReport(plan, rate: nil).warnings { logger.warning("\(warning)") }
    let uploads = plan.uploads
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_upload": "\(uploads.count)"])
    progress.begin("upload", bytes: uploads.reduce(0) { $0 &+ $1.size }, blocks: uploads.count)
    var report = BackfillReport()
    await backfill.carryOut(plan, sent: { [progress] in progress.advance(bytes: Int64(clamping: $0)) }) { block, outcome in
      if case .uploaded = outcome { progress.finishBlock() }
      switch outcome {
      case .failed(let error): logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      case .leftOut(let error):
        logger.warning("corrupt block left out", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      case .uploaded, .skipped, .interrupted, .notSent: break
      }
      report.add(block, outcome)
    }
    return report
  }

  /// The plan alone. Nothing is written.
  /// - Parameter rate: bytes a second, for the estimate of the time.
  /// - Throws: what `Backfill.rehearse` throws.
  public func rehearse(rate: UInt64?) async throws -> PlanReport {
    let plan = try await backfill.rehearse(path)
    warn(of: plan)
    return PlanReport(plan, rate: rate, skipsCorrupted: skipsCorrupted)
  }

  private func warn(of plan: UploadPlan) {
    for leftover in plan.leftovers {
      logger.warning(
        "left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    for line in facts.map({ PrometheusWarnings($0, of: plan) })?.lines ?? [] { logger.warning("\(line)") }
  }
}
