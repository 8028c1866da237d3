import HTTP

/// How an object is cut into requests. The layout decides a multipart ETag, so it is the one of minio-go as Thanos
/// calls it: an object that Thanos uploaded and the same one uploaded here have the same ETag. `signature_version2`
/// makes no difference: objstore sets it with the credentials, where minio-go's layout does not look.
///
/// Source: objstore `providers/s3/s3.go` (Upload) and minio-go `api-put-object.go` (putObjectCommon),
/// `api-put-object-common.go` (OptimalPartInfo).
struct S3PartLayout: Sendable {
  /// minio-go's own part size, taken where objects are smaller than the configured one and where none is configured.
  static let smallPart: UInt64 = 16 << 20
  /// S3 takes no smaller part, save the last.
  static let minimumPart: UInt64 = 5 << 20
  static let maximumParts: UInt64 = 10_000
  /// Of one request: 5 GiB.
  static let maximumPart: UInt64 = 5 << 30
  /// Of an object: 5 TiB.
  static let maximumObject: UInt64 = 5 << 40

  private let partSize: UInt64
  private let disablesMultipart: Bool

  /// - Parameters:
  ///   - partSize: `part_size`, in bytes; 0 for minio-go's own choice.
  ///   - minimum: what smaller part sizes are raised to, in bytes.
  init(partSize: UInt64, disablesMultipart: Bool, minimum: UInt64 = minimumPart) {
    self.partSize = partSize == 0 ? 0 : max(partSize, minimum)
    self.disablesMultipart = disablesMultipart
  }

  /// The size of the parts (bytes) for an object of `size` bytes; `nil` for a single request.
  func parts(of size: UInt64) -> UInt64? {
    if disablesMultipart { return nil }
    let usesOwn = partSize == 0 || size < partSize
    let single = usesOwn ? Self.smallPart : partSize
    if size <= single { return nil }
    // As much more than that as keeps the object within 10 000 parts.
    let needed = (size + Self.maximumParts - 1) / Self.maximumParts
    let step = usesOwn ? Self.smallPart : 1 << 20
    return needed <= single ? single : (needed + step - 1) / step * step
  }
}
