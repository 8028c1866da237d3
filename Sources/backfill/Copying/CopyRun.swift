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
  /// - Parameters:
  ///   - rate: bytes a second, for the estimate of the time, where that is given; else what the last run reached.
  ///   - limit: what may be sent at most, bytes a second.
  /// - Throws: what `BucketCopy.plan` throws.
  public func rehearse(rate: UInt64?, limit: UInt64? = nil) async throws -> CopyPlanReport {
    let plan = try await copy.plan()
    let lastRun = await BlockingPool.shared.run { [place = try? place] in place.flatMap { StateFolder.lastRate(in: $0) } }
    return CopyPlanReport(plan, rate: .best(given: rate, limit: limit, lastRun: lastRun))
  }

  /// - Throws: what `BucketCopy.plan` and `carryOut` throw, `StateError`, an error of a report that cannot be written.
  ///   What concerns one block is in the report.
  public func run() async throws -> CopyReport {
    defer { progress.finish() }
    let state = try await openState()
    defer { state.release() }
    var receipts = try await openReceipts()
    let plan = try await copy.plan()
    for line in CopyPlanReport(plan, rate: nil).warnings { logger.warning("\(line)") }
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_copy": "\(plan.copies.count)"])
    progress.begin("copy", bytes: plan.copySize, blocks: plan.copies.count)
    let start = ContinuousClock.now
    var (outcomes, problems): ([ULID: BucketCopy.Outcome], [any Error]) = ([:], [])
    try await copy.carryOut(plan, notes: state.notes, moved: { [progress] in progress.advance(bytes: $0) }) {
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
    let bytes = outcomes.values.reduce(0 as UInt64) { $0 &+ $1.sent }
    await BlockingPool.shared.run { state.note(bytes: bytes, in: ContinuousClock.now - start) }
    var report = CopyReport(unselected: plan.unselected)
    for block in plan.blocks { if let outcome = outcomes[block.ulid] { report.add(block, outcome) } }
    for problem in problems { report.add(problem: problem) }
    return report
  }

  private var place: StatePlace {
    get throws {
      let root = try options.stateFolder ?? StateFolder.standard()
      return StatePlace(root: root, bucket: copy.destination.location, origin: "bucket \(copy.source.location)")
    }
  }

  private func openState() async throws -> StateFolder {
    let place = try place
    return try await BlockingPool.shared.run { [logger] in try StateFolder(place, outside: nil, logger: logger) }
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

extension BucketCopy.Outcome {
  /// Bytes that this run sent of the block.
  fileprivate var sent: UInt64 { if case .copied(let receipt) = self { receipt.sent } else { 0 } }
}

/// `--report` names a file that cannot be written.
struct UnwritableReport: ErrorWithExitStatus, CustomStringConvertible {
  let cause: FileError
  var exitStatus: ExitStatus { .usage }
  var description: String { "--report: \(cause); give a file that can be written" }
}
