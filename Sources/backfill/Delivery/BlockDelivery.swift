import Logging
import ObjectStore
import Thanos

/// Brings one block into the bucket: its data, the proof that it arrived, and meta.json last, so that nobody ever reads
/// half a block.
struct BlockDelivery: Sendable {
  let object: ObjectDelivery
  let check: ArrivalCheck
  /// Objects of the block under way at a time.
  let concurrency: Int
  /// How long a meta.json that is under way may take after the run was interrupted.
  var patience = Duration.seconds(10)

  private var bucket: any Bucket { object.bucket }

  /// Sends what the bucket does not have, and confirms all of it.
  /// - Throws: `NotArrived`, `BucketError`, `FileError`, what an object's content throws.
  func sendData(
    of block: OutgoingBlock, meter: DeliveryMeter
  ) async throws -> BlockReceipt {
    let begun = object.now()
    let objects = BlockObjects(block.ulid)
    let stored = try await bucket.objects(below: objects.prefix)
    let arrivals = try await send(block.objects, to: objects, stored, meter: meter)
    let receipts = try await confirming { try await check.check(arrivals, below: objects.prefix) }
    return BlockReceipt(ulid: block.ulid, objects: receipts, begun: begun, arrived: object.now(), published: nil)
  }

  private func send(
    _ outgoing: [OutgoingObject], to objects: BlockObjects, _ stored: [String: ObjectAttributes],
    meter: DeliveryMeter
  ) async throws -> [Arrival] {
    try await withThrowingTaskGroup(of: (Int, Arrival).self) { group in
      var arrivals = [Arrival?](repeating: nil, count: outgoing.count)
      for (number, file) in outgoing.enumerated() {
        if number >= concurrency, let (done, arrival) = try await group.next() { arrivals[done] = arrival }
        let key = objects.prefix + file.path
        group.addTask {
          (number, try await object.deliver(file, to: key, stored: stored[key], meter: meter))
        }
      }
      for try await (done, arrival) in group { arrivals[done] = arrival }
      return arrivals.compactMap { $0 }
    }
  }

  /// Writes meta.json and confirms it. From then on the block is there for Thanos, and nothing of it is ever taken back:
  /// a write that seems to have failed may still come about (thanos#3626).
  ///
  /// A cancellation comes too late for it, as long as the store answers within some seconds: the write may have taken
  /// effect, and then the receipt has to say so.
  ///
  /// Data that has waited for its turn is looked at once more: a compactor may have taken it for the rest of an upload
  /// that was broken off.
  func publish(_ meta: OutgoingMeta, _ data: BlockReceipt) async throws -> BlockReceipt {
    if object.now() &- (data.arrived ?? 0) > Self.fresh {
      try await confirming { try await check.checkAgain(data.objects, below: BlockObjects(meta.ulid).prefix) }
    }
    let work = Task { try await publishUncancelled(meta, data) }
    return try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      Task { [patience] in
        try? await Task.sleep(for: patience)
        work.cancel()
      }
    }
  }

  private func publishUncancelled(_ outgoing: OutgoingMeta, _ data: BlockReceipt) async throws -> BlockReceipt {
    let key = BlockObjects(outgoing.ulid).meta
    let content = ObjectContent.bytes(outgoing.bytes(object.now()))
    let meta = OutgoingObject(path: key, content: content, sha256: try await content.sha256())
    let receipt = try await bucket.put(key, content)
    let confirmed = try await confirming {
      try await check.check([Arrival(object: meta, key: key, receipt: receipt)], below: key)
    }
    var whole = data
    whole.objects += confirmed
    whole.published = object.now()
    return whole
  }

  /// How long (ms) data may lie before it is looked at again. No compactor is that quick.
  private static let fresh: Int64 = 10_000

  /// What turns out not to be there as it was sent is sent anew by the next run.
  private func confirming<Result>(_ check: () async throws -> Result) async throws -> Result {
    do {
      return try await check()
    } catch let error as NotArrived {
      await object.notes.lost(error.key)
      throw error
    }
  }
}
