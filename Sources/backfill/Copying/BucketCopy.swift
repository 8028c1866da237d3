public import Console
public import Delivery
public import Logging
public import ObjectStore
public import Platform
import TSDB
import Thanos

/// Copies blocks from one bucket into another, oldest first. One that fails does not stop the rest.
public struct BucketCopy: Sendable {
  let source: any Bucket
  let destination: any Bucket
  let proofs = CopyProofs()
  private let options: CopyOptions
  private let logger: Logger
  private let now: @Sendable () -> Int64
  /// Blocks under way at a time: many are small, and large ones share the memory there is.
  private static let blocksAtATime = 4

  /// - Throws: `SameBucket`.
  public init(
    from source: any Bucket, to destination: any Bucket, options: CopyOptions = CopyOptions(), logger: Logger,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds }
  ) throws(SameBucket) {
    guard source.location != destination.location else { throw SameBucket(location: source.location) }
    self.source = source
    self.destination = destination
    self.options = options
    self.logger = logger
    self.now = now
  }

  /// Reads both sides and decides. Nothing is written.
  /// - Throws: `ErrorWithExitStatus` for blocks that do not exist, `BucketError`.
  public func plan() async throws -> CopyPlan {
    try await CopyPlanner(source: source, destination: destination, options: options).plan()
  }

  /// What became of a block.
  public enum Outcome: Sendable {
    case copied(BlockReceipt)
    case skipped
    case failed(any Error)
    /// The run was interrupted before this block was published.
    case interrupted
    /// The run was given up before this block was published, since a bucket does not answer or take anything.
    case notSent
  }

  /// Carries a plan out. Each block's outcome goes to `finished` as soon as it is known: first those of the blocks that
  /// stay behind.
  ///
  /// When the calling task is cancelled the blocks under way are left as they are, for a later run to go on with.
  /// - Parameter notes: of earlier runs between the same buckets.
  /// - Throws: `BucketError` if a directory for the blocks cannot be made.
  public func carryOut(
    _ plan: CopyPlan, notes: DeliveryNotes, moved: @escaping @Sendable (Int64) -> Void,
    finished: (PlannedCopy, Outcome) async -> Void
  ) async throws {
    if try await destination.createIfMissing() {
      logger.warning("made the bucket", metadata: ["bucket": "\(destination.location)"])
    }
    for block in plan.blocks where !block.decision.isCopy {
      await finished(block, block.decision.failure.map { .failed($0) } ?? .skipped)
    }
    let delivery = Delivery(to: destination, notes: notes, options: options.delivery, logger: logger, now: now)
    // A block that is not among those meant this time may be the next time.
    let settled = Set(plan.blocks.filter(\.decision.isSettled).map(\.ulid))
    await delivery.abandonStale { !settled.contains($0) }
    let block = BlockCopy(source: source, proofs: proofs)
    await delivery.run(
      plan.copies, blocksAtATime: Self.blocksAtATime,
      prepare: { planned in
        logger.info("copying", metadata: ["block": "\(planned.ulid)", "bytes": "\(planned.size)"])
        return try await block.prepare(planned.ulid)
      }, release: { _ in }, moved: moved
    ) { planned, outcome in
      await finished(planned, self.outcome(of: planned, outcome))
    }
  }

  private func outcome(of planned: PlannedCopy, _ outcome: Delivery.Outcome) -> Outcome {
    switch outcome {
    case .delivered(let receipt):
      logger.info(
        "copied", metadata: ["block": "\(planned.ulid)", "bytes": "\(receipt.size)", "sent": "\(receipt.sent)"])
      return .copied(receipt)
    case .interrupted: return .interrupted
    case .notSent: return .notSent
    case .failed(let error as BucketError) where error.code == .objectNotFound && error.bucket == source.location:
      return .failed(GoneFromSource(cause: error))
    case .failed(let error): return .failed(error)
    }
  }
}

extension CopyDecision {
  /// Whether nothing is to be sent of the block any more, so that an upload that was left unfinished is of no use.
  fileprivate var isSettled: Bool {
    switch self {
    case .alreadyThere, .compactedInto: true
    default: false
    }
  }
}

/// Source and destination are the same place.
public struct SameBucket: ErrorWithExitStatus, CustomStringConvertible {
  public let location: String
  public var exitStatus: ExitStatus { .usage }
  public var description: String {
    "source and destination are the same, \(location): give another bucket or prefix to --objstore-to.config-file"
  }
}

/// A block that was deleted from the source between the look at it and its copy.
public struct GoneFromSource: Error, CustomStringConvertible {
  public let cause: any Error
  public var description: String {
    "it disappeared from the source before it was copied (its compactor deleted it: \(cause)); run again to take up what"
      + " replaced it"
  }
}
