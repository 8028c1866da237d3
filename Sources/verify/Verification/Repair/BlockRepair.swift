import Logging
import ObjectStore
import Platform
import Synchronization
import TSDB
import Thanos

/// Carries out what was drafted for one block: its meta.json is taken away first, so that no reader sees a mixture, and
/// is put back when every object is confirmed. Nothing else is ever deleted.
struct BlockRepair {
  let draft: RepairDraft
  let bucket: any Bucket
  let saved: SavedMetas
  /// Whether an object may be read to confirm it.
  let downloads: Bool
  /// Objects at a time.
  let width: Int
  let logger: Logger

  /// What the bucket has after all is not what was sent.
  struct NotArrived: Error, CustomStringConvertible {
    let key: String
    let reason: String
    var description: String { "\(key) was sent, and the bucket does not have it as it was: \(reason)" }
  }

  /// The local block is no longer the one that was checked.
  struct Changed: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the local block is not what it was when it was checked: \(reason)" }
  }

  /// The bucket's block is no longer the one that was looked at: somebody else is at work on it.
  struct ChangedThere: Error, CustomStringConvertible {
    let reason: String
    var description: String { "the bucket's block is not what it was when it was looked at: \(reason)" }
  }

  struct Failure: Error {
    let cause: any Error
    /// Where the block's meta.json is kept; `nil` where the bucket has it.
    let kept: String?
    /// Whether the bucket is as it was.
    let isUnchanged: Bool
  }

  /// - Throws: `Failure`.
  func run() async throws(Failure) {
    do {
      // Open from here on, whatever Prometheus' retention deletes.
      let block = try await OriginalFiles(draft)
      try await checkBucket()
      if draft.objects.isEmpty { return try await putMeta() }
      try await takeMetaAway()
      let changes = BegunChanges()
      do {
        _ = try await OrderedWork.map(draft.objects, width: width) { try await send($0, of: block, changes) }
        try Task.checkCancellation()
      } catch where !changes.any && draft.present != nil {
        try await putBack(after: error)
      }
      try await putMeta()
    } catch let failure as Failure {
      throw failure
    } catch {
      let kept = draft.present == nil ? draft.keptPath : await ownPath()
      throw Failure(
        cause: error, kept: kept, isUnchanged: error is Changed || error is ChangedThere || kept == nil && !draft.objects.isEmpty)
    }
  }

  private func ownPath() async -> String? {
    let path = saved.path(of: draft.folder.ulid)
    return await BlockingPool.shared.run { (try? OpenFile(path)) == nil ? nil : path }
  }

  // MARK: meta.json

  /// What was looked at hours ago may have been deleted or written anew since; a meta.json of then would bring it back.
  private func checkBucket() async throws {
    let objects = draft.objectsInBucket
    var present: [UInt8]?
    do {
      present = try await bucket.read(objects.meta, limit: BlockMeta.sizeLimit)
    } catch let error as BucketError where error.code == .objectNotFound {
      present = nil
    }
    guard present == draft.present else { throw ChangedThere(reason: "its meta.json is another") }
    if try await bucket.exists(objects.marker(.deletion)) { throw ChangedThere(reason: "it is marked for deletion") }
  }

  private func takeMetaAway() async throws {
    let ulid = draft.folder.ulid
    guard let present = draft.present else { return }
    // Written over itself first: a key that may delete and not write would leave the block without it.
    try await bucket.put(draft.objectsInBucket.meta, .bytes(present))
    try await BlockingPool.shared.run { [saved] () throws(FileError) in try saved.keep(present, of: ulid) }
    do {
      try await bucket.delete(draft.objectsInBucket.meta)
    } catch {
      // It may be gone all the same.
      try await putBack(after: error)
    }
  }

  /// Makes the bucket what it was, also when this was cancelled.
  private func putBack(after cause: any Error) async throws -> Never {
    let (bucket, saved, draft) = (bucket, saved, draft)
    let isBack = await Task {
      do {
        try await bucket.put(draft.objectsInBucket.meta, .bytes(draft.present ?? []))
        let path = saved.path(of: draft.folder.ulid)
        try await BlockingPool.shared.run { () throws(FileError) in try saved.forget(path) }
        return true
      } catch {
        return false
      }
    }.value
    throw Failure(cause: cause, kept: isBack ? nil : saved.path(of: draft.folder.ulid), isUnchanged: isBack)
  }

  private func putMeta() async throws {
    let key = draft.objectsInBucket.meta
    try Task.checkCancellation()
    try await bucket.put(key, .bytes(draft.meta))
    guard try await bucket.read(key, limit: BlockMeta.sizeLimit) == draft.meta else {
      throw NotArrived(key: key, reason: "it reads differently")
    }
    try await BlockingPool.shared.run { [saved, draft] () throws(FileError) in
      try saved.forget(saved.path(of: draft.folder.ulid))
      if let path = draft.keptPath { try saved.forget(path) }
    }
  }

  // MARK: Objects

  private func send(_ object: RepairDraft.Object, of block: OriginalFiles, _ changes: BegunChanges) async throws {
    let key = draft.objectsInBucket.prefix + object.path
    guard let original = block.files[object.path] else { throw Changed(reason: "\(object.path) is no longer there") }
    let file = original.file
    logger.info("sending again", metadata: ["key": "\(key)", "bytes": "\(file.size)"])
    // Written into while it was sent: a store that checks no checksum of ours would take it.
    let options = PutOptions(crc32c: original.crc32c, confirm: { try await original.confirm() })
    let receipt: PutReceipt
    do {
      receipt = try await bucket.put(key, .file(file), options)
    } catch {
      // What was refused outright did not come to be; of everything else that is not known (thanos#3626).
      let isRefused = (error as? BucketError)?.code == .accessDenied
      if !isRefused, !(error is Changed), !(error is FileError) { changes.begin() }
      throw error
    }
    changes.begin()
    let stored = try await bucket.evidence(of: key).attributes
    guard stored.size == file.size else {
      throw NotArrived(key: key, reason: "it has \(stored.size) bytes, the file \(file.size)")
    }
    // What the store says of it now, or its bytes where that says nothing.
    if let sent = receipt.checksum, stored.checksum == sent { return }
    if let expected = receipt.expectedETag, stored.etag?.lowercased() == expected { return }
    let proof = CopyProof(bucket: bucket, key: key, file: file, listed: stored, downloads: downloads)
    switch try await proof.run() {
    case .equal: return
    // Its size is right, and more may not be asked for: the verification afterwards calls it unproved.
    case .unknown where !downloads: return
    default: throw NotArrived(key: key, reason: "its bytes differ from the file's")
    }
  }
}

/// Whether any object of a block may have been changed.
private final class BegunChanges: Sendable {
  private let count = Mutex(0)

  var any: Bool { count.withLock { $0 > 0 } }
  func begin() { count.withLock { $0 += 1 } }
}
