public import Console
import Delivery
public import Logging
public import ObjectStore
import Platform
import TSDB

/// One run of `backfill copy` with its display: plan, copy, report.
public struct CopyRun {
  private let copy: BucketCopy
  private let options: CopyOptions
  private let progress: Progress
  private let logger: Logger

  /// - Throws: `SameBucket`.
  public init(
    from source: any Bucket, to destination: any Bucket, options: CopyOptions = CopyOptions(),
    progress: ProgressStyle, logger: Logger
  ) throws(SameBucket) {
    copy = try BucketCopy(from: source, to: destination, options: options, logger: logger)
    self.options = options
    self.progress = Progress(progress, logger: logger)
    self.logger = logger
  }

  /// The plan alone. Nothing is written.
  /// - Parameter rate: bytes a second, for the estimate of the time.
  /// - Throws: what `BucketCopy.plan` throws.
  public func rehearse(rate: UInt64?) async throws -> CopyPlanReport { CopyPlanReport(try await copy.plan(), rate: rate) }

  /// - Throws: what `BucketCopy.plan` and `carryOut` throw, `StateError`, an error of a report that cannot be written.
  ///   What concerns one block is in the report.
  public func run() async throws -> CopyReport {
    defer { progress.finish() }
    let state = try await openState()
    var receipts = try await openReceipts()
    let plan = try await copy.plan()
    for line in CopyPlanReport(plan, rate: nil).warnings { logger.warning("\(line)") }
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_copy": "\(plan.copies.count)"])
    progress.begin("copy", bytes: plan.copySize, blocks: plan.copies.count)
    var (outcomes, problems): ([ULID: BucketCopy.Outcome], [any Error]) = ([:], [])
    try await copy.carryOut(plan, notes: state.notes, copied: { [progress] in progress.advance(bytes: Int64(clamping: $0)) }) {
      block, outcome in
      log(block, outcome)
      outcomes[block.ulid] = outcome
      do {
        try await receipts?.add(block, outcome)
      } catch {
        logger.error("the report was not written", metadata: ["err": "\(error)"])
        problems.append(error)
        receipts = nil
      }
    }
    var report = CopyReport(unselected: plan.unselected)
    for block in plan.blocks { if let outcome = outcomes[block.ulid] { report.add(block, outcome) } }
    for problem in problems { report.add(problem: problem) }
    return report
  }

  private func openState() async throws -> StateFolder {
    let root = try options.stateFolder ?? StateFolder.standard()
    let (bucket, origin) = (copy.destination.location, "bucket \(copy.source.location)")
    return try await BlockingPool.shared.run { [logger] in
      try StateFolder(root: root, bucket: bucket, origin: origin, outside: nil, logger: logger)
    }
  }

  private func openReceipts() async throws -> CopyReceiptFile? {
    guard let path = options.reportPath else { return nil }
    let (source, destination, proofs) = (copy.source.location, copy.destination.location, copy.proofs)
    return try await BlockingPool.shared.run {
      do throws(FileError) {
        return try CopyReceiptFile(path, from: source, to: destination, proofs: proofs)
      } catch {
        throw UnwritableReport(cause: error)
      }
    }
  }

  private func log(_ block: PlannedCopy, _ outcome: BucketCopy.Outcome) {
    switch outcome {
    case .copied: progress.finishBlock()
    case .failed(let error): logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
    case .skipped, .interrupted, .notSent: break
    }
  }
}

/// `--report` names a file that cannot be written.
struct UnwritableReport: ErrorWithExitStatus, CustomStringConvertible {
  let cause: FileError
  var exitStatus: ExitStatus { .usage }
  var description: String { "--report: \(cause); give a file that can be written" }
}
