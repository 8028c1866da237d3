/// A bucket, or the part of one below a prefix: what every provider promises.
///
/// **Keys** are relative to the prefix, `/`-separated UTF-8, and compared as bytes. Providers never normalise them.
///
/// **Writes** are atomic: a reader sees the old object or the whole new one. A `put` that failed may still appear later
/// (thanos#3626), never in part. A `put` over an existing object replaces it.
///
/// **Not found** is `BucketError` with the code `.objectNotFound` from `attributes`, `get`; deleting what is not there
/// succeeds. A bucket that does not exist is `.bucketNotFound` from every call.
///
/// **Retries** happen inside the provider: throttling, server errors and broken connections with back-off, nothing else.
/// What is thrown is final.
///
/// **Cancellation** of the calling task ends the transfer soon and throws `CancellationError`.
public protocol Bucket: Sendable {
  /// The place in words for people and logs: `s3://thanos/prefix at 127.0.0.1:9000`. Holds no secret.
  var location: String { get }

  /// What Thanos' metrics call it, without endpoint and prefix: `thanos`, `fs: /data`.
  var name: String { get }

  /// Makes the bucket where Thanos would make it by itself at the first write (FILESYSTEM's directory), so that an empty
  /// one can be listed before. Elsewhere a bucket is made by its owner, and this does nothing.
  /// - Returns: whether there was none before.
  @discardableResult
  func createIfMissing() async throws -> Bool

  /// Whether Thanos makes the bucket by itself at the first write, so that one that is missing is as good as empty to
  /// whoever must not write.
  var isMadeByFirstWrite: Bool { get }

  /// The folder of this machine whose files the objects are, a prefix left aside; `nil` for a store elsewhere.
  var localFolder: String? { get }

  /// One page of the listing of keys that begin with `prefix` (not: of the folder `prefix`). An object is listed as soon
  /// as its `put` returned.
  ///
  /// Most stores list in the order of the keys' bytes; some (SeaweedFS) go folder by folder, and still name a folder whose
  /// last object has gone. Rely on neither.
  ///
  /// - Parameters:
  ///   - prefix: `""` for everything.
  ///   - style: with `.delimited`, keys with a `/` after the prefix are folded into `Listing.folders`.
  ///   - token: `nil` for the first page, then the token of the page before.
  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage

  /// Size, time and checksums of an object, without its content.
  /// - Throws: `BucketError` (`.objectNotFound`; `.accessDenied` also where listing is not permitted and the object may
  ///   just not be there).
  func attributes(of key: String) async throws -> ObjectAttributes

  /// Size, time and ETag of an object, and the checksum of the whole of it where the store keeps one, asked for whatever
  /// this program writes itself.
  /// - Throws: as `attributes`.
  func evidence(of key: String) async throws -> ObjectEvidence

  /// Bytes of each part but the last of an object that was written in parts; `nil` where the store does not tell, where
  /// they are not equal, and for an object that was written in one piece.
  /// - Throws: `BucketError`.
  func partSize(of key: String) async throws -> UInt64?

  /// Bytes of each part but the last of an object of `size` bytes as `put` would cut it here; `nil` for one piece. Asks
  /// nothing of the store.
  func partSizeOfPut(size: UInt64) -> UInt64?

  /// Streams an object's bytes, or the part of them in `range`, to `receive` in order. The next bytes are asked for when
  /// `receive` has returned, so that a slow receiver slows the transfer and memory stays small.
  ///
  /// A transfer that breaks off is taken up where it stopped, from the same version of the object.
  ///
  /// `receive` must not wait for another transfer of this bucket, whose turn may come only after this one.
  ///
  /// - Parameter range: bytes; its upper bound may lie past the end (what is there comes). `nil` for all.
  /// - Returns: what the server said of the object.
  /// - Throws: `BucketError`, or what `receive` throws.
  @discardableResult
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes

  /// Writes an object, above the provider's part size in parallel parts.
  ///
  /// Without a journal in the options, an upload that fails or is cancelled is thrown away. With one it is left at the
  /// store, and the next `put` of the same key and content goes on with the parts that the store holds by then: asked
  /// for, and compared with the content, not believed.
  /// - Returns: the evidence that the server gave of what it stored.
  @discardableResult
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt

  /// The ETag that an object of this content gets here if it is written by `put`; `nil` where this provider's ETags are
  /// no checksums. Reads and hashes the content.
  /// - Throws: `FileError`, or what the content's source throws.
  func expectedETag(of content: ObjectContent) async throws -> String?

  /// Throws away an upload that some earlier `put` of this key left unfinished. One that is no longer there is fine.
  /// - Throws: `BucketError`.
  func abandon(_ key: String, _ upload: UnfinishedUpload) async throws

  /// Deletes an object. Deleting what is not there succeeds.
  func delete(_ key: String) async throws
}

/// Whether a listing descends.
public enum ListingStyle: Sendable {
  /// Objects directly below the prefix, and the folders there.
  case delimited
  /// Every object whose key begins with the prefix.
  case recursive
}

/// Where the next page of a listing begins. What is in it is the provider's own affair.
public struct ListingToken: Equatable, Sendable {
  let value: String
  init(_ value: String) { self.value = value }
}

public struct ListingPage: Sendable {
  public var objects: [ListedObject]
  /// Common prefixes, each ending in `/`. Empty in recursive listings.
  public var folders: [String]
  /// `nil` on the last page.
  public var next: ListingToken?

  public init(objects: [ListedObject], folders: [String], next: ListingToken?) {
    self.objects = objects
    self.folders = folders
    self.next = next
  }
}

public struct ListedObject: Equatable, Sendable {
  public var key: String
  public var attributes: ObjectAttributes

  public init(key: String, attributes: ObjectAttributes) {
    self.key = key
    self.attributes = attributes
  }
}

public struct ObjectAttributes: Equatable, Sendable {
  /// Bytes.
  public var size: UInt64
  /// Milliseconds since 1970; `nil` where the store does not say.
  public var modified: Int64?
  /// Without the quotes; `nil` where the store has none (FILESYSTEM).
  public var etag: String?
  /// Of the whole object, where the store keeps one and was asked for it; listings have none.
  public var checksum: ObjectChecksum?

  public init(size: UInt64, modified: Int64?, etag: String?, checksum: ObjectChecksum? = nil) {
    self.size = size
    self.modified = modified
    self.etag = etag
    self.checksum = checksum
  }

  /// Whether nothing says that this is another version of the object than the other.
  public func isSameVersion(as other: ObjectAttributes) -> Bool {
    guard size == other.size else { return false }
    if let etag, let otherTag = other.etag { return etag == otherTag }
    // Without ETags this is a directory, whose times are exact.
    guard etag == nil, other.etag == nil, let modified, let otherTime = other.modified else { return true }
    return modified == otherTime
  }
}
