public import Platform

/// How an object is to be written, and what is known of its content already.
public struct PutOptions: Sendable {
  /// The SHA-256 of the whole content, 32 bytes, where it is known: it need not be computed once more for a signature.
  public var sha256: [UInt8]?
  /// The content's CRC-32Cs, where they are known: they need not be computed once more for its parts. A store that checks
  /// them then answers for every byte from where they were computed.
  public var crc32c: CRC32CTiles?
  /// Keeps what a later `put` needs to go on where this one was broken off.
  public var journal: (any UploadJournal)?
  /// Called with the number of bytes that the store has taken over, or was found to hold already.
  public var delivered: (@Sendable (_ bytes: UInt64) -> Void)?
  /// Called with bytes as they go out, or are found to be at the store, for a display; negative where they have to go
  /// again. In the end the sum is the content's size.
  public var moved: (@Sendable (_ bytes: Int64) -> Void)?
  /// Called when all of the content has been read, before the object comes to be under its key. What it throws keeps
  /// it from there.
  public var confirm: (@Sendable () async throws -> Void)?

  public init(
    sha256: [UInt8]? = nil, crc32c: CRC32CTiles? = nil, journal: (any UploadJournal)? = nil, delivered: (@Sendable (_ bytes: UInt64) -> Void)? = nil,
    moved: (@Sendable (_ bytes: Int64) -> Void)? = nil,
    confirm: (@Sendable () async throws -> Void)? = nil
  ) {
    self.sha256 = sha256
    self.crc32c = crc32c
    self.journal = journal
    self.delivered = delivered
    self.moved = moved
    self.confirm = confirm
  }
}

/// What the store answered to a `put`, and what was to be expected.
public struct PutReceipt: Equatable, Sendable {
  /// Without the quotes; `nil` where the store has none.
  public var etag: String?
  /// The ETag that the content gives by the store's rule, computed here; `nil` where ETags are no checksums.
  public var expectedETag: String?
  /// Of the whole object, as it was sent for the store to check; `nil` where none was.
  public var checksum: ObjectChecksum?
  /// Bytes of each part but the last; `nil` when the object went in one request.
  public var partSize: UInt64?
  /// Bytes of the content that this call sent; the rest was there from an earlier one. Repeated requests count once.
  public var sent: UInt64

  public init(
    etag: String?, expectedETag: String? = nil, checksum: ObjectChecksum? = nil, partSize: UInt64?, sent: UInt64 = 0
  ) {
    self.etag = etag
    self.expectedETag = expectedETag
    self.checksum = checksum
    self.partSize = partSize
    self.sent = sent
  }
}

/// A checksum of an object's whole content that its store keeps and vouches for.
public struct ObjectChecksum: Equatable, Sendable {
  /// As S3 spells it: `CRC32C`, `CRC64NVME`, `SHA256`.
  public var algorithm: String
  /// Base64.
  public var value: String

  public init(algorithm: String, value: String) {
    self.algorithm = algorithm
    self.value = value
  }
}
