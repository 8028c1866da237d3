public import Logging
public import ObjectStore
public import Platform
public import TSDB
import Thanos

/// How blocks are brought into a bucket.
public struct DeliveryOptions: Sendable {
  public var publishing = Publishing.each
  /// Whether every object is read back before its block is published.
  public var verifiesAfter = false
  /// Objects of one block under way at a time. The requests of all blocks together are the bucket's affair (`Traffic`).
  public var objectsAtATime = 8
  /// Bytes of content from elsewhere that may lie in memory at a time, for all blocks together.
  public var fetchedAtATime: UInt64 = 64 << 20

  public init() {}
}

/// Brings blocks into a bucket, oldest first, a few at a time: while one is being sent the next is looked into.
///
/// Few, since Thanos' compactor deletes blocks without meta.json that it takes for broken off: a block that was begun
/// has to be finished soon, and the next one begins only when what is left of this one no longer fills the line.
public struct Delivery: Sendable {
  private let block: BlockDelivery
  private let options: DeliveryOptions
  let notes: DeliveryNotes
  let bucket: any Bucket
  private let logger: Logger

  /// What became of a block.
  public enum Outcome: Sendable {
    case delivered(BlockReceipt)
    case failed(any Error)
    /// The run was interrupted before the block was published.
    case interrupted
    /// The run was given up before the block was published, since the bucket takes nothing.
    case notSent
  }

  public init(
    to bucket: any Bucket, notes: DeliveryNotes, options: DeliveryOptions = DeliveryOptions(), logger: Logger,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds }
  ) {
    self.bucket = bucket
    self.notes = notes
    self.options = options
    self.logger = logger
    block = BlockDelivery(
      object: ObjectDelivery(
        bucket: bucket, notes: notes, logger: logger, now: now, memory: MemoryShare(of: options.fetchedAtATime)),
      check: ArrivalCheck(bucket: bucket, readsBack: options.verifiesAfter, logger: logger),
      concurrency: max(1, options.objectsAtATime))
  }

  /// Throws away uploads in parts that earlier runs left behind and nobody will go on with, and what else is noted of their
  /// blocks: a run that was killed between a meta.json and its note left a block that is whole.
  /// - Parameter goesOn: whether a block may still be sent, now or by a later run.
  public func abandonStale(unless goesOn: (ULID) -> Bool) async {
    for (key, upload) in notes.unfinished.sorted(by: { $0.key < $1.key }) {
      guard let ulid = key.split(separator: "/").first.flatMap({ ULID($0) }), !goesOn(ulid) else { continue }
      do {
        try await bucket.abandon(key, upload)
        await notes.forgetUpload(key)
        logger.info("threw away an upload that was left unfinished", metadata: ["key": "\(key)"])
      } catch {
        logger.warning("an unfinished upload stays behind", metadata: ["key": "\(key)", "err": "\(error)"])
      }
    }
    let kept = notes.unfinished.keys
    for ulid in notes.blocks.sorted() where !goesOn(ulid) && !kept.contains(where: { $0.hasPrefix("\(ulid)/") }) {
      await notes.published(ulid)
    }
  }

  /// Delivers what `items` stand for, in their order, and calls `finished` as the outcome of each is known.
  ///
  /// - Parameters:
  ///   - blocksAtATime: at least 1.
  ///   - prepare: makes an item ready; called for one at a time, in order.
  ///   - release: called when the data of an item is not needed any more, however it ended.
  ///   - moved: called with bytes as they go out or are found to be there; negative where they have to go again.
  /// - Returns: whether the run was given up.
  @discardableResult
  public func run<Item: Sendable>(
    _ items: [Item], blocksAtATime: Int, prepare: @escaping @Sendable (Item) async throws -> OutgoingBlock,
    release: @escaping @Sendable (Item) async -> Void, moved: @escaping @Sendable (Int64) -> Void,
    finished: (Item, Outcome) async -> Void
  ) async -> Bool {
    var run = Run(items: items.count, destination: bucket.location)
    await withTaskGroup(of: (Int, Result<Step, any Error>).self) { group in
      let (looking, sending, publishing) = (Turns(), Turns(), Turns())
      func start(_ number: Int) {
        group.addTask {
          let result = await self.result { () async throws -> Step in
            let ready = try await Self.ready(items[number], number, looking, prepare)
            await sending.wait(for: number)
            try Task.checkCancellation()
            await supersedeKeptMeta(of: ready.meta.ulid)
            let remainder = Remainder(of: ready) { Task { await sending.end(number) } }
            let meter = DeliveryMeter(delivered: { remainder.take($0) }, moved: moved)
            let data = try await block.sendData(of: ready, meter: meter)
            if options.publishing == .together { return .sent(ready.meta, data) }
            await release(items[number])
            await publishing.wait(for: number)
            try Task.checkCancellation()
            return .published(try await block.publish(ready.meta, data))
          }
          if options.publishing == .together || !result.isSuccess { await release(items[number]) }
          for turns in [looking, sending, publishing] { await turns.end(number) }
          return (number, result)
        }
      }
      while run.started < min(max(1, blocksAtATime), items.count) { start(run.start()) }
      while let (number, result) = await group.next() {
        if let outcome = run.settle(number, result) { await finish(items[number], outcome, finished) }
        if run.giveUp() {
          logger.error("giving up: the same would happen to every other block")
          group.cancelAll()
        }
        if run.goesOn, run.started < items.count { start(run.start()) }
      }
    }
    for number in run.started..<items.count { await finished(items[number], run.isGivenUp ? .notSent : .interrupted) }
    await publishAll(&run) { await finish(items[$0], $1, finished) }
    return run.isGivenUp
  }

  /// What an interrupted `verify --repair` took away is void from here on: the block gets a meta.json of its own, perhaps
  /// with other labels.
  private func supersedeKeptMeta(of ulid: ULID) async {
    let files = KeptMetaFiles(root: notes.root, bucket: bucket)
    await BlockingPool.shared.run { [logger] in
      do throws(FileError) {
        try files.supersede(ulid)
      } catch {
        logger.warning(
          "the meta.json that an interrupted repair kept stays in use: remove it", metadata: ["err": "\(error)"])
      }
    }
  }

  /// The notes of a block are kept until its fate is on record: a run that is killed in between leaves the next one what
  /// the receipt needs.
  private func finish<Item>(_ item: Item, _ outcome: Outcome, _ finished: (Item, Outcome) async -> Void) async {
    await finished(item, outcome)
    if case .delivered(let receipt) = outcome { await notes.published(receipt.ulid) }
  }

  private static func ready<Item>(
    _ item: Item, _ number: Int, _ looking: Turns, _ prepare: (Item) async throws -> OutgoingBlock
  ) async throws -> OutgoingBlock {
    await looking.wait(for: number)
    try Task.checkCancellation()
    let ready = try await prepare(item)
    await looking.end(number)
    return ready
  }

  private func result(_ work: () async throws -> Step) async -> Result<Step, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
  }

  /// The end of `Publishing.together`: all meta.json files in one go, or none if the run did not come to its end.
  private func publishAll(_ run: inout Run, _ finished: (Int, Outcome) async -> Void) async {
    for (number, meta, data) in run.unpublished {
      guard run.goesOn else {
        await finished(number, run.isGivenUp ? .notSent : .interrupted)
        continue
      }
      let result = await result { .published(try await block.publish(meta, data)) }
      if let outcome = run.settle(number, result) { await finished(number, outcome) }
      _ = run.giveUp()
    }
  }
}

/// How far one block has come.
private enum Step: Sendable {
  case sent(OutgoingMeta, BlockReceipt)
  case published(BlockReceipt)
}

/// How far a run has come.
private struct Run {
  let items: Int
  /// `location` of the bucket.
  let destination: String
  private(set) var started = 0
  private(set) var isGivenUp = false
  private var sent: [Int: (OutgoingMeta, BlockReceipt)] = [:]
  private var isHopeless = false

  init(items: Int, destination: String) {
    self.items = items
    self.destination = destination
  }

  var goesOn: Bool { !isGivenUp && !Task.isCancelled }

  mutating func start() -> Int {
    defer { started += 1 }
    return started
  }

  /// - Returns: `nil` for a block that waits to be published.
  mutating func settle(_ number: Int, _ result: Result<Step, any Error>) -> Delivery.Outcome? {
    switch result {
    case .success(.published(let receipt)): return .delivered(receipt)
    case .success(.sent(let meta, let data)):
      sent[number] = (meta, data)
      return nil
    case .failure(is CancellationError): return isGivenUp ? .notSent : .interrupted
    case .failure(let error):
      if let error = error as? BucketError, error.concernsEveryBlock(sentTo: destination) { isHopeless = true }
      return .failed(error)
    }
  }

  /// Whether this is the moment to give up.
  mutating func giveUp() -> Bool {
    defer { isGivenUp = isGivenUp || isHopeless }
    return isHopeless && !isGivenUp
  }

  var unpublished: [(number: Int, OutgoingMeta, BlockReceipt)] {
    sent.sorted { $0.key < $1.key }.map { ($0.key, $0.value.0, $0.value.1) }
  }
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}

extension BucketError {
  /// Whether the next block would fare no better: hashing a year of data for nothing helps nobody.
  /// - Parameter destination: `location` of the bucket that the blocks go into. Another one is where they come from.
  fileprivate func concernsEveryBlock(sentTo destination: String) -> Bool {
    switch code {
    case .badCredentials, .bucketNotFound, .unreachable, .unavailable: true
    // A source may refuse a single object: one that is archived, encrypted with another key, or has rights of its own.
    case .accessDenied, .noSpace: bucket == destination
    case .objectNotFound, .changed, .tooLarge, .rejected: false
    }
  }
}
