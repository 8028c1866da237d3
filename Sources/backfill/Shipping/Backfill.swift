public import Logging
public import ObjectStore
public import Platform
public import TSDB
public import Thanos

/// Uploads every block of a data folder that the bucket does not have, oldest first. One that fails does not stop the rest.
public struct Backfill: Sendable {
  private let bucket: any Bucket
  private let labels: ExternalLabels
  private let logger: Logger
  private let now: @Sendable () -> Int64

  public init(
    bucket: any Bucket, labels: ExternalLabels, logger: Logger,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds }
  ) {
    self.bucket = bucket
    self.labels = labels
    self.logger = logger
    self.now = now
  }

  /// Reads both sides and decides. Nothing is written, save that FILESYSTEM's directory is made where it is missing.
  /// - Throws: `BucketError`, and what the source throws.
  public func plan(_ source: any UploadSource) async throws -> UploadPlan {
    let contents = try await source.contents()
    if try await bucket.createIfMissing() { logger.warning("made the bucket", metadata: ["bucket": "\(bucket.location)"]) }
    let blocks = try await BucketBlocks(bucket).all()
    let planner = Planner(labels: labels, bucketBlocks: blocks)
    let plan = planner.plan(contents)
    return plan.withoutOverlaps(with: try await doomed(among: plan.overlapped))
  }

  /// What became of a block.
  public enum Outcome: Sendable {
    case uploaded
    case skipped
    case failed(any Error)
    /// The run was interrupted before this block's turn, or in the middle of it.
    case interrupted
  }

  /// Carries a plan out.
  ///
  /// Each block's outcome goes to `finished` as soon as it is known.
  ///
  /// When the calling task is cancelled the block in hand is given up before its meta.json, and the rest are reported
  /// as interrupted.
  /// - Parameter source: the one that the plan was made from.
  public func carryOut(
    _ plan: UploadPlan, from source: any UploadSource, sent: @escaping @Sendable (UInt64) -> Void,
    finished: (PlannedBlock, Outcome) -> Void
  ) async {
    await source.begin(plan.uploads)
    let shipper = BlockShipper(bucket: bucket, labels: labels, logger: logger, now: now)
    for block in plan.blocks {
      switch block.decision {
      case .upload(let overlaps):
        warn(of: overlaps, block)
        finished(block, await ship(block, from: source, with: shipper, sent: sent))
      case .alreadyThere, .compactedInto, .empty: finished(block, .skipped)
      case .broken(let error): finished(block, .failed(error))
      case .conflict(let reason): finished(block, .failed(Conflict(reason: reason)))
      }
    }
  }

  private func ship(
    _ planned: PlannedBlock, from source: any UploadSource, with shipper: BlockShipper,
    sent: @escaping @Sendable (UInt64) -> Void
  ) async -> Outcome {
    if Task.isCancelled { return .interrupted }
    let outcome = await prepareAndShip(planned, from: source, with: shipper, sent: sent)
    await source.release(planned)
    return outcome
  }

  private func prepareAndShip(
    _ planned: PlannedBlock, from source: any UploadSource, with shipper: BlockShipper,
    sent: @escaping @Sendable (UInt64) -> Void
  ) async -> Outcome {
    do {
      try await source.prepare(planned)
      let block = try await BlockingPool.shared.run { try OpenBlock(planned.folder) }
      for stray in block.strays {
        logger.warning(
          "file in the chunks folder is no segment and stays behind",
          metadata: ["block": "\(planned.ulid)", "file": "\(stray)"])
      }
      logger.info("uploading", metadata: ["block": "\(planned.ulid)", "bytes": "\(block.dataSize)"])
      try await shipper.ship(block, sent: sent)
      logger.info("uploaded", metadata: ["block": "\(planned.ulid)"])
      return .uploaded
    } catch is CancellationError {
      return .interrupted
    } catch let error as FileError where error.code == .notFound {
      return .failed(Vanished(ulid: planned.ulid, cause: error))
    } catch {
      return .failed(error)
    }
  }

  private func warn(of overlaps: [BlockSpan], _ block: PlannedBlock) {
    for other in overlaps {
      logger.warning(
        "overlaps a block of the bucket with the same labels and resolution; Thanos needs vertical compaction for both",
        metadata: [
          "block": "\(block.ulid)", "other": "\(other.ulid)", "other_min_time": "\(other.minTime)",
          "other_max_time": "\(other.maxTime)",
        ])
    }
  }

  /// Those of the given blocks that carry a deletion marker.
  private func doomed(among ulids: Set<ULID>) async throws -> Set<ULID> {
    var doomed: Set<ULID> = []
    for ulid in ulids where try await bucket.exists(BlockObjects(ulid).marker(.deletion)) { doomed.insert(ulid) }
    return doomed
  }
}

/// A block that is not sent because it would be mixed up with another.
public struct Conflict: Error, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}

/// A block that Prometheus deleted or compacted between the look at the folder and the upload.
public struct Vanished: Error, CustomStringConvertible {
  public let ulid: ULID
  public let cause: any Error
  public var description: String {
    "it disappeared before its upload (Prometheus compacted or deleted it: \(cause)); run again to take up what replaced it"
  }
}
