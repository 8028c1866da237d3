public import Console
public import Logging
public import ObjectStore
import Platform
public import PrometheusAPI
import TSDB
public import Thanos

/// One run of `backfill` with its display: plan, upload, report.
public struct BackfillRun {
  private let source: any UploadSource
  /// What there is to read before the plan, where that takes long. Bytes.
  private let readingSize: UInt64?
  private let path: String
  private let options: BackfillOptions
  private let backfill: Backfill
  private let facts: PrometheusFacts?
  private let progress: Progress
  private let observer: (any RunObserver)?
  private let logger: Logger

  /// - Parameters:
  ///   - path: a data folder, or an archive of one.
  ///   - scratch: where an archive is unpacked to.
  ///   - facts: what the Prometheus that owns the folder says of itself.
  public init(
    path: String, scratch: Scratch = .standard, bucket: any Bucket, labels: ExternalLabels, facts: PrometheusFacts? = nil,
    options: BackfillOptions = BackfillOptions(), progress: ProgressStyle, observer: (any RunObserver)? = nil,
    logger: Logger
  ) {
    let display = Progress(progress, logger: logger)
    if ArchivedDataDirectory.isArchive(path) {
      source = ArchivedDataDirectory(path, scratch: scratch, logger: logger) { bytes in
        display.advance(bytes: Int64(clamping: bytes))
      }
      readingSize = try? Directory.status(of: path).size
    } else {
      source = DataFolderSource(path)
      readingSize = nil
    }
    self.facts = facts
    self.path = path
    self.options = options
    self.backfill = Backfill(bucket: bucket, labels: labels, options: options, logger: logger)
    self.progress = display
    self.observer = observer
    self.logger = logger
  }

  /// - Throws: what `Backfill.plan` throws. What concerns one block is in the report.
  public func run() async throws -> BackfillReport {
    defer { progress.finish() }
    return try await reading { try await planAndUpload() }
  }

  private func planAndUpload() async throws -> BackfillReport {
    let plan = try await backfill.plan(source)
    observer?.planned(plan)
    warn(of: plan)
    for warning in PlanReport(plan, rate: nil).warnings { logger.warning("\(warning)") }
    let uploads = plan.uploads
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_upload": "\(uploads.count)"])
    progress.begin("upload", bytes: uploads.reduce(0) { $0 &+ $1.size }, blocks: uploads.count)
    var report = BackfillReport()
    if let damage = plan.damage { report.add(problem: damage) }
    var record = options.shipperFileName.map {
      ShipperRecord(path: "\(path)/\($0)", blocks: plan.blocks.map(\.ulid), logger: logger)
    }
    let sent: @Sendable (UInt64) -> Void = { [progress] in progress.advance(bytes: Int64(clamping: $0)) }
    await backfill.carryOut(plan, from: source, sent: sent) { block, outcome in
      if case .uploaded = outcome { progress.finishBlock() }
      switch outcome {
      case .failed(let error): logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      case .leftOut(let error):
        logger.warning("corrupt block left out", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
      case .uploaded, .skipped, .interrupted, .notSent: break
      }
      report.add(block, outcome)
      observer?.finished(block, outcome)
      guard block.isInBucket(after: outcome) else { return }
      do {
        record = try await Self.add(block.ulid, to: record)
      } catch {
        logger.error("the list of shipped blocks was not written", metadata: ["err": "\(error)"])
        report.add(problem: error)
        record = nil
      }
    }
    return report
  }

  private static func add(_ ulid: ULID, to record: ShipperRecord?) async throws -> ShipperRecord? {
    guard let record else { return nil }
    return try await BlockingPool.shared.run {
      var record = record
      try record.add(ulid)
      return record
    }
  }

  /// The plan alone. Nothing is written.
  /// - Parameter rate: bytes a second, for the estimate of the time.
  /// - Throws: what `Backfill.rehearse` throws.
  public func rehearse(rate: UInt64?) async throws -> PlanReport {
    defer { progress.finish() }
    let plan = try await reading { try await backfill.rehearse(source) }
    warn(of: plan)
    return PlanReport(plan, rate: rate, skipsCorrupted: options.skipsCorrupted)
  }

  /// Ends the source however the work ends.
  private func reading<Value>(_ work: () async throws -> Value) async throws -> Value {
    if let readingSize { progress.begin("read archive", bytes: readingSize) }
    do {
      let value = try await work()
      await source.end()
      return value
    } catch {
      await source.end()
      throw error
    }
  }

  private func warn(of plan: UploadPlan) {
    if let damage = plan.damage {
      logger.error("the archive is damaged; what lies before that is looked at", metadata: ["err": "\(damage)"])
    }
    for leftover in plan.leftovers {
      logger.warning(
        "left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    for line in facts.map({ PrometheusWarnings($0, of: plan) })?.lines ?? [] { logger.warning("\(line)") }
  }
}
