/// Where a provider notes how far the upload of one object has come, so that another process can go on with it or clear
/// it away. What a function took is durable when it returns.
public protocol UploadJournal: Sendable {
  /// What was noted of an upload that was not finished; `nil` for none.
  func unfinished() async -> UnfinishedUpload?

  /// The store is about to be asked for an upload in parts. If the answer is never noted, `unfinished` gives one
  /// without an ID.
  func begin(partSize: UInt64) async throws

  /// The store has begun an upload under this ID.
  func began(id: String) async throws

  /// The store has taken a part.
  func took(_ part: UploadedPart) async throws

  /// There is no unfinished upload any more: it became an object, or was thrown away.
  func end() async throws
}

/// An upload in parts that was begun and not finished.
public struct UnfinishedUpload: Equatable, Sendable {
  /// The store's name for it; `nil` when its answer never came.
  public var id: String?
  /// When it was asked for, in milliseconds since 1970 by this machine's clock.
  public var begun: Int64
  /// Bytes of each part but the last.
  public var partSize: UInt64
  public var parts: [UploadedPart]

  public init(id: String?, begun: Int64, partSize: UInt64, parts: [UploadedPart]) {
    self.id = id
    self.begun = begun
    self.partSize = partSize
    self.parts = parts
  }
}

/// A part that a store has taken.
public struct UploadedPart: Equatable, Sendable {
  /// 1…10 000.
  public var number: Int
  /// Without the quotes.
  public var etag: String
  /// Of what was sent, in hexadecimal; `nil` where nobody needed it.
  public var md5: String?
  /// Of what was sent; `nil` where nobody needed it.
  public var crc32c: UInt32?
  /// Bytes.
  public var size: UInt64

  /// One of `md5` and `crc32c` is needed to tell whether the content is still the same.
  public init(number: Int, etag: String, md5: String? = nil, crc32c: UInt32? = nil, size: UInt64) {
    self.number = number
    self.etag = etag
    self.md5 = md5
    self.crc32c = crc32c
    self.size = size
  }
}
