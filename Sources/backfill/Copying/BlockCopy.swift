import Delivery
import ObjectStore
import Synchronization
import TSDB
import Thanos

/// Makes a block of the source ready to go into the destination: its objects as streams, its meta.json byte for byte.
struct BlockCopy: Sendable {
  let source: any Bucket
  let proofs: CopyProofs

  /// - Throws: `BlockContents.Refusal`, `BucketError`, `TSDBError` for a meta.json that cannot be read.
  func prepare(_ ulid: ULID) async throws -> OutgoingBlock {
    // Once more: since the plan was made, days may have passed.
    let keys = BlockObjects(ulid)
    let contents = try await BlockContents(of: ulid, in: source)
    let bytes = try await source.read(keys.meta, limit: BlockMeta.sizeLimit)
    let description = try BlockDescription(try BlockMeta(parsing: bytes, file: keys.meta, of: ulid), file: keys.meta)
    try contents.check(against: description.thanos)
    // meta.json went there in one request, like every small object: its ETag tells whether a store's are MD5s, which
    // they are not where it encrypts with keys of its own or of the caller.
    let etagsAreMD5 = contents.meta?.etag?.lowercased() == OrderedDigest.md5(of: bytes)
    var hashes: [[UInt8]: String] = [:]
    for file in description.thanos?.files ?? [] { hashes[Array(file.path.utf8)] = file.sha256?.lowercased() }
    let objects = contents.objects.map { object in
      outgoing(object, keys, sha256: hashes[Array(object.path.utf8)], etagsAreMD5: etagsAreMD5)
    }
    return OutgoingBlock(ulid: ulid, objects: objects, meta: { _ in bytes })
  }

  private func outgoing(
    _ object: BlockContents.Object, _ keys: BlockObjects, sha256: String?, etagsAreMD5: Bool
  ) -> OutgoingObject {
    let stream = StreamedObject(
      keys.prefix + object.path, object.attributes, in: source, sha256: sha256, etagsAreMD5: etagsAreMD5)
    return OutgoingObject(
      path: object.path, content: .source(stream), sha256: sha256, originETag: object.attributes.etag,
      computedSHA256: { stream.computedSHA256 },
      confirm: { [proofs] in proofs.note(try stream.check(), of: stream.key) })
  }
}

/// What each object that was read from the source was held against.
final class CopyProofs: Sendable {
  private let proofs = Mutex<[String: StreamedObject.Proof]>([:])

  func note(_ proof: StreamedObject.Proof, of key: String) { proofs.withLock { $0[key] = proof } }

  /// - Returns: `nil` for an object that was not read, since the destination had it.
  func take(_ key: String) -> StreamedObject.Proof? { proofs.withLock { $0.removeValue(forKey: key) } }
}
