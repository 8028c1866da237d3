import Logging
import ObjectStore
import Platform
import TSDB
import Thanos

/// Carries out what was drafted for one block: its meta.json is taken away first, so that no reader sees a mixture, and
/// is put back when every object is confirmed. Nothing else is ever deleted.
struct BlockRepair {
  let draft: RepairDraft
  let bucket: any Bucket
  let saved: SavedMetas
  /// Objects at a time.
  let width: Int
  let logger: Logger

  /// What the bucket has after all is not what was sent.
  struct NotArrived: Error, CustomStringConvertible {
    let key: String
    let reason: String
    var description: String { "\(key) was sent, and the bucket does not have it as it was: \(reason)" }
  }

  /// - Throws: `BucketError`, `FileError`, `NotArrived`, `CancellationError`. The block has no meta.json in the bucket
  ///   then, unless nothing but that was to be written; `SavedMetas` has it.
  func run() async throws {
    let ulid = draft.folder.ulid
    let objects = draft.objectsInBucket
    if !draft.objects.isEmpty {
      try await BlockingPool.shared.run { [saved, draft] () throws(FileError) in try saved.keep(draft.meta, of: ulid) }
      if draft.present != nil { try await bucket.delete(objects.meta) }
      _ = try await OrderedWork.map(draft.objects, width: width) { try await send($0) }
    }
    try Task.checkCancellation()
    try await bucket.put(objects.meta, .bytes(draft.meta))
    guard try await bucket.read(objects.meta, limit: BlockMeta.sizeLimit) == draft.meta else {
      throw NotArrived(key: objects.meta, reason: "it reads differently")
    }
    try await BlockingPool.shared.run { [saved] () throws(FileError) in try saved.forget(ulid) }
  }

  private func send(_ object: RepairDraft.Object) async throws {
    let key = draft.objectsInBucket.prefix + object.path
    let file = try await BlockingPool.shared.run { [draft] () throws(FileError) in
      try OpenFile("\(draft.folder.path)/\(object.path)")
    }
    logger.info("sending again", metadata: ["key": "\(key)", "bytes": "\(file.size)"])
    let receipt = try await bucket.put(key, .file(file), PutOptions())
    let stored = try await bucket.evidence(of: key).attributes
    guard stored.size == file.size else {
      throw NotArrived(key: key, reason: "it has \(stored.size) bytes, the file \(file.size)")
    }
    // What the store says of it now, or its bytes where that says nothing.
    if let sent = receipt.checksum, stored.checksum == sent { return }
    if let expected = receipt.expectedETag, stored.etag?.lowercased() == expected { return }
    let proof = CopyProof(bucket: bucket, key: key, file: file, listed: stored, downloads: true)
    guard case .equal = try await proof.run() else {
      throw NotArrived(key: key, reason: "its bytes differ from the file's")
    }
  }
}
