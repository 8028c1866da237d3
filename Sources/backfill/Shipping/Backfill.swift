public import Console
public import Delivery
public import Logging
public import ObjectStore
public import Platform
import Quantities
public import TSDB
public import Thanos

/// Uploads every block of a data folder that the bucket does not have, oldest first. One that fails does not stop the rest.
public struct Backfill: Sendable {
  let bucket: any Bucket
  let labels: ExternalLabels
  private let options: BackfillOptions
  private let logger: Logger
  private let now: @Sendable () -> Int64

  public init(
    bucket: any Bucket, labels: ExternalLabels, options: BackfillOptions = BackfillOptions(), logger: Logger,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds }
  ) {
    self.bucket = bucket
    self.labels = labels
    self.options = options
    self.logger = logger
    self.now = now
  }

  /// Reads both sides and decides. Nothing is written, save that FILESYSTEM's directory is made where it is missing.
  /// - Throws: `UnknownBlocks`, `BucketError`, and what the source throws.
  public func plan(_ source: any UploadSource) async throws -> UploadPlan {
    let contents = try await contents(of: source)
    if try await bucket.createIfMissing() { logger.warning("made the bucket", metadata: ["bucket": "\(bucket.location)"]) }
    let blocks = try await BucketBlocks(bucket).all()
    let plan = try await plan(contents, blocks)
    try await warn(of: SharedLabels(labels, local: plan.blocks.compactMap(\.local), inBucket: blocks))
    return plan
  }

  /// The same without writing anything at all, and with the blocks' files looked into as far as the options say: what
  /// is corrupt is part of the plan.
  /// - Throws: as `plan`, and `CancellationError`.
  public func rehearse(_ source: any UploadSource) async throws -> UploadPlan {
    let contents = try await contents(of: source)
    let blocks = try await blocksOfBucketThatMayBeMissing()
    var plan = try await plan(contents, blocks)
    try await warn(of: SharedLabels(labels, local: plan.blocks.compactMap(\.local), inBucket: blocks))
    // Without a look into them nothing of an archive has to be unpacked.
    if options.check == .none { return plan }
    await source.begin(plan.uploads)
    for place in plan.blocks.indices where plan.blocks[place].decision.isUpload {
      try Task.checkCancellation()
      let block = plan.blocks[place]
      do {
        try await examine(block, from: source)
      } catch let error as CancellationError {
        throw error
      } catch {
        plan.blocks[place].decision = .corrupt(error)
      }
      await source.release(block)
    }
    return plan
  }

  private func examine(_ block: PlannedBlock, from source: any UploadSource) async throws {
    try await source.prepare(block)
    let open = try await BlockingPool.shared.run { try OpenBlock(block.folder) }
    try await BlockExamination(depth: options.check).run(open)
  }

  private func contents(of source: any UploadSource) async throws -> SourceContents {
    let contents = try await source.contents()
    let unknown = options.selection.ids.subtracting(contents.blocks.map(\.ulid))
    guard unknown.isEmpty else { throw UnknownBlocks(ulids: unknown.sorted(), source: source.path) }
    return contents
  }

  private func plan(_ contents: SourceContents, _ bucketBlocks: [BucketBlock]) async throws -> UploadPlan {
    let planner = Planner(labels: labels, bucketBlocks: bucketBlocks, options: options)
    let held = try await InBucketCheck(bucket).run(contents.blocks, among: bucketBlocks)
    let draft = planner.draft(contents.blocks, leftovers: contents.leftovers)
    var plan = planner.settle(
      draft.refusing(held), doomed: try await doomed(among: planner.overlapped(by: draft)))
    plan.damage = contents.damage
    plan.contents = contents
    return plan
  }

  /// What becomes possible because blocks of a plan turned out to be corrupt: those that had been left out since a
  /// corrupt one was compacted from them.
  /// - Returns: `nil` where there are none.
  /// - Throws: `BucketError`.
  func plan(inPlaceOf corrupt: [ULID: any Error], of plan: UploadPlan) async throws -> UploadPlan? {
    let freed = plan.blocks.filter { block in
      if case .superseded(let larger) = block.decision { corrupt[larger] != nil } else { false }
    }
    guard !freed.isEmpty, var contents = plan.contents else { return nil }
    contents.blocks = contents.blocks.map { block in
      corrupt[block.ulid].map {
        LocalBlock(folder: block.folder, description: .failure($0), files: block.files, deletions: block.deletions)
      } ?? block
    }
    var second = try await self.plan(contents, try await BucketBlocks(bucket).all())
    let ulids = Set(freed.map(\.ulid))
    second.blocks.removeAll { !ulids.contains($0.ulid) }
    return second
  }

  private func blocksOfBucketThatMayBeMissing() async throws -> [BucketBlock] {
    do {
      return try await BucketBlocks(bucket).all()
    } catch let error as BucketError where error.code == .bucketNotFound && bucket.isMadeByFirstWrite {
      return []
    }
  }

  /// What became of a block.
  public enum Outcome: Sendable {
    case uploaded(BlockReceipt)
    case skipped
    case failed(any Error)
    /// Left out for its damage, as the options want it.
    case leftOut(any Error)
    /// The run was interrupted before this block was published.
    case interrupted
    /// The run was given up before this block was published, since the bucket takes nothing.
    case notSent
  }

  /// Carries a plan out. Each block's outcome goes to `finished` as soon as it is known: first those of the blocks that
  /// stay behind.
  ///
  /// When the calling task is cancelled the blocks under way are left as they are, for a later run to go on with.
  /// - Parameters:
  ///   - source: the one that the plan was made from.
  ///   - notes: of earlier runs under the same labels into the same bucket.
  /// - Returns: whether the run was given up.
  @discardableResult
  public func carryOut(
    _ plan: UploadPlan, from source: any UploadSource, notes: DeliveryNotes, moved: @escaping @Sendable (Int64) -> Void,
    finished: (PlannedBlock, Outcome) async -> Void
  ) async -> Bool {
    await source.begin(plan.uploads)
    let delivery = Delivery(to: bucket, notes: notes, options: options.delivery, logger: logger, now: now)
    for block in plan.blocks where !block.decision.isUpload {
      await finished(block, await outcome(ofUnsent: block, delivery))
    }
    await delivery.abandonStale { ulid in
      plan.blocks.contains { $0.ulid == ulid && $0.mayStillBeSent }
    }
    return await delivery.run(
      plan.uploads, blocksAtATime: source.blocksAtATime,
      prepare: { try await prepare($0, from: source) }, release: { await source.release($0) }, moved: moved
    ) { block, outcome in
      await finished(block, self.outcome(of: block, outcome))
    }
  }

  private func outcome(ofUnsent block: PlannedBlock, _ delivery: Delivery) async -> Outcome {
    // Published by a run that was ended before it could put that on record.
    if case .alreadyThere = block.decision,
      let receipt = await delivery.receipt(ofPublished: block.ulid, files: block.block.files)
    {
      return .uploaded(receipt)
    }
    if case .corrupt(let error) = block.decision { return corrupt(error) }
    return block.decision.failure.map { .failed($0) } ?? .skipped
  }

  private func prepare(_ planned: PlannedBlock, from source: any UploadSource) async throws -> OutgoingBlock {
    try await source.prepare(planned)
    let block = try await BlockingPool.shared.run { try OpenBlock(planned.folder) }
    for stray in block.strays {
      logger.warning(
        "file in the chunks folder is no segment and stays behind",
        metadata: ["block": "\(planned.ulid)", "file": "\(stray)"])
    }
    logger.info("uploading", metadata: ["block": "\(planned.ulid)", "bytes": "\(block.dataSize)"])
    return try await BlockPreparation(labels: labels, check: options.check, hash: options.hash).prepare(block)
  }

  private func outcome(of planned: PlannedBlock, _ outcome: Delivery.Outcome) -> Outcome {
    switch outcome {
    case .delivered(let receipt):
      logger.info(
        "uploaded",
        metadata: ["block": "\(planned.ulid)", "bytes": "\(receipt.size)", "sent": "\(receipt.sent)"])
      return .uploaded(receipt)
    case .interrupted: return .interrupted
    case .notSent: return .notSent
    case .failed(let error as CorruptBlock): return corrupt(error)
    case .failed(let error as FileError) where error.code == .notFound && !planned.folder.exists:
      return .failed(Vanished(ulid: planned.ulid, cause: error))
    case .failed(let error): return .failed(error)
    }
  }

  private func corrupt(_ error: any Error) -> Outcome { options.skipsCorrupted ? .leftOut(error) : .failed(error) }

  /// One warning for all of them: with the labels of another Prometheus every block would overlap.
  private func warn(of shared: SharedLabels) async throws {
    let doomed = try await doomed(among: Set(shared.strangers.map(\.ulid)))
    let strangers = shared.strangers.filter { !doomed.contains($0.ulid) }
    guard let first = strangers.first, let until = strangers.map(\.meta.maxTime).max() else { return }
    logger.warning(
      "the bucket has other blocks of the same external labels and time; does another Prometheus use these labels?",
      metadata: [
        "labels": "\(labels)", "blocks": "\(strangers.count)", "first": "\(first.ulid)",
        "from": "\(Timestamp.text(first.meta.minTime))", "until": "\(Timestamp.text(until))",
        "source": "\(first.thanos?.source ?? "unknown")",
      ])
  }

  /// Those of the given blocks that carry a deletion marker.
  private func doomed(among ulids: Set<ULID>) async throws -> Set<ULID> {
    var doomed: Set<ULID> = []
    for ulid in ulids where try await bucket.exists(BlockObjects(ulid).marker(.deletion)) { doomed.insert(ulid) }
    return doomed
  }
}

/// Blocks that were asked for by name and that the source does not have.
public struct UnknownBlocks: ErrorWithExitStatus, CustomStringConvertible {
  public let ulids: [ULID]
  public let source: String
  public var exitStatus: ExitStatus { .usage }
  public var description: String {
    "--id \(ulids.map(\.description).joined(separator: ", ")): there is no such block in \(source)"
  }
}

/// A block that Prometheus deleted or compacted between the look at the folder and the upload.
public struct Vanished: Error, CustomStringConvertible {
  public let ulid: ULID
  public let cause: any Error
  public var description: String {
    "it disappeared before its upload (Prometheus compacted or deleted it: \(cause)); run again to take up what replaced it"
  }
}

extension PlannedBlock {
  /// Whether the bucket has the block, or what was compacted from it, after a run that ended so for it.
  func isInBucket(after outcome: Backfill.Outcome) -> Bool {
    if case .uploaded = outcome { return true }
    switch decision {
    case .alreadyThere, .compactedInto: return true
    default: return false
    }
  }
}

extension PlannedBlock {
  /// Whether a later run may send it, if this one does not.
  fileprivate var mayStillBeSent: Bool {
    switch decision {
    case .alreadyThere, .compactedInto, .superseded, .empty: false
    default: true
    }
  }
}
