public import Console
public import Logging
public import ObjectStore
import Platform
import Quantities
public import TSDB
public import Thanos

/// What a restore is to take, and how it is to look at it.
public struct RestoreOptions: Sendable {
  /// Which blocks of the bucket are meant.
  public var selection = BlockSelection.all
  /// How deep a restored block is looked into before it gets its place.
  public var check = BlockCheck.Depth.index
  public var traffic = Traffic()

  public init() {}
}

/// One run of `backfill restore` with its display: plan, download, report. A block that fails does not stop the others.
public struct Restore: Sendable {
  private let path: String
  private let bucket: any Bucket
  private let options: RestoreOptions
  private let progress: Progress
  private let logger: Logger

  /// Bytes that may be written into the destination.
  var freeSpace: @Sendable (Destination) throws -> UInt64 = { try $0.freeSpace() }

  /// - Parameter path: the data folder to bring blocks into.
  public init(path: String, bucket: any Bucket, options: RestoreOptions, progress: ProgressStyle, logger: Logger) {
    self.path = path
    self.bucket = bucket
    self.options = options
    self.progress = Progress(progress, logger: logger)
    self.logger = logger
  }

  /// The disk has less room than the blocks need. Nothing has been written.
  public struct NotEnoughSpace: ErrorWithExitStatus, CustomStringConvertible {
    public let path: String
    /// Bytes.
    public let needed: UInt64
    /// Bytes.
    public let free: UInt64
    public var exitStatus: ExitStatus { .unfinished }
    public var description: String {
      "\(path): \(ByteSize.text(needed)) (\(needed) bytes) are to come and \(ByteSize.text(free)) (\(free) bytes) are free:"
        + " free some, or choose fewer blocks"
    }
  }

  /// What became of a block.
  public enum Outcome: Sendable {
    case restored
    case skipped
    case failed(any Error)
    /// The run was interrupted before this block's turn, or in the middle of it.
    case interrupted
    /// The run was given up before this block's turn.
    case notTried
  }

  /// The plan alone. Nothing is written.
  /// - Throws: `RestorePlanner.UnknownBlocks`, `BucketError`, and what `Destination` throws.
  public func rehearse() async throws -> RestorePlanReport {
    let (plan, destination) = try await plan()
    let free = try await BlockingPool.shared.run { try freeSpace(destination) }
    return RestorePlanReport(plan, needed: destination.missing(of: plan), free: free)
  }

  /// - Throws: as `rehearse`, `NotEnoughSpace`, `FileError`. What concerns one block is in the report.
  public func run() async throws -> RestoreReport {
    defer { progress.finish() }
    let (plan, destination) = try await plan()
    for warning in plan.warnings { logger.warning("\(warning)") }
    logger.info("planned", metadata: ["blocks": "\(plan.blocks.count)", "to_restore": "\(plan.restores.count)"])
    let staging = plan.restores.isEmpty ? nil : try await stage(plan, destination)
    var report = RestoreReport(unselected: plan.unselected)
    progress.begin("restore", bytes: plan.size, blocks: plan.restores.count)
    try await carryOut(plan, staging, &report)
    if let staging { await BlockingPool.shared.run { staging.leave() } }
    return report
  }

  private func plan() async throws -> (RestorePlan, Destination) {
    let destination = try await BlockingPool.shared.run { [path] in try Destination(path) }
    let plan = try await RestorePlanner(bucket: bucket, selection: options.selection).plan(into: destination)
    return (plan, destination)
  }

  private func stage(_ plan: RestorePlan, _ destination: Destination) async throws -> StagingRoot {
    try await BlockingPool.shared.run {
      let (needed, free) = (destination.missing(of: plan), try freeSpace(destination))
      guard needed <= free else { throw NotEnoughSpace(path: destination.path, needed: needed, free: free) }
      let staging = try StagingRoot(in: destination.path)
      staging.removeJournalsWithoutBlocks()
      return staging
    }
  }

  private func carryOut(_ plan: RestorePlan, _ staging: StagingRoot?, _ report: inout RestoreReport) async throws {
    let owner = try await BlockingPool.shared.run { try staging.flatMap { try foreignOwner(of: $0.data) } }
    let restorer = staging.map {
      BlockRestorer(
        bucket: bucket, staging: $0, check: options.check, requests: options.traffic.requests, owner: owner,
        logger: logger)
    }
    var givenUp = false
    for block in plan.blocks {
      let outcome: Outcome
      if block.decision.isRestore, let restorer {
        outcome = givenUp ? .notTried : await restore(block, with: restorer)
      } else {
        outcome = block.decision.failure.map(Outcome.failed) ?? .skipped
      }
      if case .failed(let error) = outcome {
        logger.error("block failed", metadata: ["block": "\(block.ulid)", "err": "\(error)"])
        if !givenUp, block.decision.isRestore, Self.concernsEveryBlock(error) {
          givenUp = true
          logger.error("giving up: the same would happen to every other block")
        }
      }
      report.add(block, outcome)
    }
  }

  private func restore(_ block: PlannedRestore, with restorer: BlockRestorer) async -> Outcome {
    if Task.isCancelled { return .interrupted }
    logger.info("restoring", metadata: ["block": "\(block.ulid)", "bytes": "\(block.size)"])
    do {
      try await restorer.restore(block) { [progress] in progress.advance(bytes: $0) }
      progress.finishBlock()
      logger.info("restored", metadata: ["block": "\(block.ulid)"])
      return .restored
    } catch is CancellationError {
      return .interrupted
    } catch {
      return .failed(error)
    }
  }

  /// Whom restored files have to be given to: run as root, files would come that Prometheus' user cannot delete.
  private func foreignOwner(of folder: OpenFolder) throws(FileError) -> Owner? {
    let owner = try folder.owner()
    guard Owner.current.user == 0, owner != Owner.current else { return nil }
    logger.info(
      "restored blocks are given to the folder's owner", metadata: ["user": "\(owner.user)", "group": "\(owner.group)"])
    return owner
  }

  private static func concernsEveryBlock(_ error: any Error) -> Bool {
    switch error {
    case let error as FileError: error.code == .noSpace || error.code == .permissionDenied
    case let error as BucketError:
      switch error.code {
      case .badCredentials, .bucketNotFound, .unreachable, .unavailable: true
      case .accessDenied, .objectNotFound, .changed, .tooLarge, .noSpace, .rejected: false
      }
    default: false
    }
  }
}
