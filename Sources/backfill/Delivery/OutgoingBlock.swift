public import ObjectStore
public import Platform
public import TSDB

/// A block that is ready to go into a bucket: looked into, hashed, every file of it open.
public struct OutgoingBlock: Sendable {
  public var ulid: ULID { meta.ulid }
  /// Everything but meta.json.
  public let objects: [OutgoingObject]
  let meta: OutgoingMeta

  /// - Parameter meta: makes meta.json for the time at which it is written, in milliseconds since 1970. Kept longer than
  ///   the objects, so it must not hold their files.
  public init(ulid: ULID, objects: [OutgoingObject], meta: @escaping @Sendable (_ uploadTime: Int64) -> [UInt8]) {
    self.objects = objects
    self.meta = OutgoingMeta(ulid: ulid, bytes: meta)
  }

  /// Bytes, meta.json left out.
  public var size: UInt64 { objects.reduce(0) { $0 &+ $1.content.size } }
}

/// What is left of a block to be written when all of its data has arrived.
struct OutgoingMeta: Sendable {
  let ulid: ULID
  let bytes: @Sendable (_ uploadTime: Int64) -> [UInt8]
}

/// One object of a block.
public struct OutgoingObject: Sendable {
  /// Inside the block: `chunks/000001`, `index`.
  public let path: String
  public let content: ObjectContent
  /// Of the content, in lower-case hexadecimal; `nil` where nobody has computed it.
  public let sha256: String?
  /// Of the content, where somebody has computed them.
  let crc32c: CRC32CTiles?
  /// The ETag that it has in the bucket that it comes from; `nil` for local files.
  let originETag: String?
  /// The SHA-256 that was found while the content was read, where nobody knew it before; `nil` as long as it was not.
  let computedSHA256: @Sendable () -> String?
  /// Has the last word before the object appears in the bucket.
  let confirm: (@Sendable () async throws -> Void)?

  public init(
    path: String, content: ObjectContent, sha256: String?, crc32c: CRC32CTiles? = nil, originETag: String? = nil,
    computedSHA256: @escaping @Sendable () -> String? = { nil },
    confirm: (@Sendable () async throws -> Void)? = nil
  ) {
    self.path = path
    self.content = content
    self.sha256 = sha256
    self.crc32c = crc32c
    self.originETag = originETag
    self.computedSHA256 = computedSHA256
    self.confirm = confirm
  }

  /// By whoever made the object, or by having read it.
  var knownSHA256: String? { sha256 ?? computedSHA256() }
}
