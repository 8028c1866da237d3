public import Console
import Delivery
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

  /// - Throws: what `Backfill.plan` throws, `StateError`, the `FileError` of a report that cannot be written. What
  ///   concerns one block is in the report.
  public func run() async throws -> BackfillReport {
    defer { progress.finish() }
    let state = try await openState()
    defer { state.release() }
    let receipts = try await openReceipts()
    return try await reading { try await planAndUpload(state, receipts) }
  }

  private func openState() async throws -> StateFolder {
    let root = try options.stateFolder ?? StateFolder.standard()
    let place = StatePlace(root: root, bucket: backfill.bucket.location, origin: origin)
    // What an archive lies in, or a snapshot, is in nobody's way.
    let dataFolder = readingSize == nil ? path : nil
    return try await BlockingPool.shared.run { [logger] in
      try StateFolder(place, outside: dataFolder, logger: logger)
    }
  }

  /// What tells this sender apart from others to the same bucket.
  private var origin: String { "labels \(backfill.labels)" }

  /// Where the state is, if there is any.
  private var place: StatePlace? {
    guard let root = try? options.stateFolder ?? StateFolder.standard() else { return nil }
    return StatePlace(root: root, bucket: backfill.bucket.location, origin: origin)
  }

  private func openReceipts() async throws -> ReceiptFile? {
    guard let path = options.reportPath else { return nil }
    let (bucket, labels, reported) = (backfill.bucket.location, backfill.labels, options.reported)
    return try await BlockingPool.shared.run {
      do throws(FileError) {
        return try ReceiptFile(path, labels: labels, bucket: bucket, reported: reported)
      } catch {
        throw UnwritableReport(cause: error)
      }
    }
  }

  private func planAndUpload(_ state: StateFolder, _ receipts: ReceiptFile?) async throws -> BackfillReport {
    let plan = try await backfill.plan(source)
    observer?.planned(plan)
    warn(of: plan)
    for warning in PlanReport(plan, rate: nil).warnings { logger.warning("\(warning)") }
    let uploads = plan.uploads
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_upload": "\(uploads.count)"])
    progress.begin("upload", bytes: uploads.reduce(0) { $0 &+ $1.size }, blocks: uploads.count)
    var records = RunRecords(
      receipts: receipts, reportsSkipped: options.reportsSkipped,
      shipped: options.shipperFileName.map {
        ShipperRecord(
          path: "\(path)/\($0)", blocks: plan.blocks.filter { !$0.decision.isKnownAbsent }.map(\.ulid), logger: logger)
      }, logger: logger)
    await records.begin()
    var results: [ULID: (PlannedBlock, Backfill.Outcome)] = [:]
    let start = ContinuousClock.now
    let isGivenUp = await carryOut(plan, state, &records, &results)
    let bytes = results.values.reduce(0 as UInt64) { $0 &+ $1.1.sent }
    await BlockingPool.shared.run { state.note(bytes: bytes, in: ContinuousClock.now - start) }
    let corrupt = results.compactMapValues { $0.1.damage }
    var report = BackfillReport()
    do {
      if Task.isCancelled || isGivenUp {
        // What would have taken a corrupt block's place has to wait for the next run.
        for block in plan.blocks {
          guard case .superseded(let larger) = block.decision, corrupt[larger] != nil else { continue }
          results[block.ulid] = (block, isGivenUp ? .notSent : .interrupted)
        }
      } else if let second = try await backfill.plan(inPlaceOf: corrupt, of: plan) {
        logger.warning("sending what corrupt blocks were compacted from", metadata: ["blocks": "\(second.blocks.count)"])
        progress.begin("upload", bytes: second.uploadSize, blocks: second.uploads.count)
        _ = await carryOut(second, state, &records, &results)
      }
    } catch {
      // What was done up to here has to be told all the same.
      report.add(problem: error)
    }
    if isGivenUp { report.noteGivenUp() }
    if let damage = plan.damage { report.add(problem: damage) }
    for block in plan.blocks { if let (planned, outcome) = results[block.ulid] { report.add(planned, outcome) } }
    for problem in records.problems { report.add(problem: problem) }
    return report
  }

  private func carryOut(
    _ plan: UploadPlan, _ state: StateFolder, _ records: inout RunRecords,
    _ results: inout [ULID: (PlannedBlock, Backfill.Outcome)]
  ) async -> Bool {
    let moved: @Sendable (Int64) -> Void = { [progress] in progress.advance(bytes: $0) }
    return await backfill.carryOut(plan, from: source, notes: state.notes, moved: moved) { block, outcome in
      log(block, outcome)
      results[block.ulid] = (block, outcome)
      observer?.finished(block, outcome)
      await records.add(block, outcome)
    }
  }

  private func log(_ block: PlannedBlock, _ outcome: Backfill.Outcome) {
    switch outcome {
    case .uploaded: progress.finishBlock()
    case .failed(let error): logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
    case .leftOut(let error):
      logger.warning("corrupt block left out", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
    case .skipped, .interrupted, .notSent: break
    }
  }

  /// The plan alone. Nothing is written.
  /// - Parameters:
  ///   - rate: bytes a second, for the estimate of the time, where that is given.
  ///   - limit: what may be sent at most, bytes a second.
  /// - Throws: what `Backfill.rehearse` throws.
  public func rehearse(rate: UInt64?, limit: UInt64? = nil) async throws -> PlanReport {
    defer { progress.finish() }
    let plan = try await reading { try await backfill.rehearse(source) }
    warn(of: plan)
    let lastRun = await BlockingPool.shared.run { [place] in place.flatMap { StateFolder.lastRate(in: $0) } }
    return PlanReport(
      plan, rate: .best(given: rate, limit: limit, lastRun: lastRun), skipsCorrupted: options.skipsCorrupted)
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

extension Backfill.Outcome {
  /// Bytes that this run sent of the block.
  fileprivate var sent: UInt64 { if case .uploaded(let receipt) = self { receipt.sent } else { 0 } }

  /// What was found wrong in the block itself.
  fileprivate var damage: CorruptBlock? {
    switch self {
    case .failed(let error), .leftOut(let error): error as? CorruptBlock
    case .uploaded, .skipped, .interrupted, .notSent: nil
    }
  }
}

/// `--report` names a file that cannot be written.
struct UnwritableReport: ErrorWithExitStatus, CustomStringConvertible {
  let cause: FileError
  var exitStatus: ExitStatus { .usage }
  var description: String { "--report: \(cause); give a file that can be written" }
}
