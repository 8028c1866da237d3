import HTTP

/// How an object is cut into requests. The layout decides a multipart ETag, so it is the one of minio-go as Thanos
/// calls it: an object that Thanos uploaded and the same one uploaded here have the same ETag.
///
/// Source: objstore `providers/s3/s3.go` (Upload) and minio-go `api-put-object.go` (putObjectCommon),
/// `api-put-object-common.go` (OptimalPartInfo).
struct S3PartLayout: Sendable {
  /// minio-go's own part size, taken where objects are smaller than the configured one.
  static let smallPart: UInt64 = 16 << 20
  /// What minio-go comes to under V2, where it does not look at the size: 5 TiB in 10 000 parts, rounded up to 16 MiB.
  static let unknownSizePart: UInt64 = 528 << 20
  static let maximumParts: UInt64 = 10_000
  /// Of one request: 5 GiB.
  static let maximumPart: UInt64 = 5 << 30
  /// Of an object: 5 TiB.
  static let maximumObject: UInt64 = 5 << 40

  /// `part_size`, in bytes.
  var partSize: UInt64
  var usesV2: Bool
  var disablesMultipart: Bool

  /// The size of the parts (bytes) for an object of `size` bytes; `nil` for a single request.
  func parts(of size: UInt64) -> UInt64? {
    if disablesMultipart { return nil }
    let single = size < partSize ? Self.smallPart : partSize
    if usesV2 {
      if size < single { return nil }
      return size < partSize ? Self.unknownSizePart : large(size)
    }
    if size <= single { return nil }
    return size < partSize ? single : large(size)
  }

  /// The configured size, or as much more as keeps an object within 10 000 parts.
  private func large(_ size: UInt64) -> UInt64 {
    let needed = (size + Self.maximumParts - 1) / Self.maximumParts
    return needed <= partSize ? partSize : (needed + (1 << 20) - 1) & ~((1 << 20) - 1)
  }

  /// The regions of an object's bytes, one a part.
  static func regions(of size: UInt64, partSize: UInt64) -> [Range<UInt64>] {
    stride(from: 0, to: size, by: Int(clamping: max(1, partSize))).map { $0..<min(size, $0 + partSize) }
  }
}

extension ObjectContent {
  /// As the body of a request.
  var body: HTTPBody {
    switch self {
    case .bytes(let bytes): .bytes(bytes)
    case .file(let file, let range): .file(file, range)
    }
  }

  /// A region of the content, in bytes from its front.
  func part(_ region: Range<UInt64>) -> ObjectContent {
    switch self {
    case .bytes(let bytes): .bytes(Array(bytes[Int(region.lowerBound)..<Int(region.upperBound)]))
    case .file(let file, let range):
      .file(file, range.lowerBound + region.lowerBound..<range.lowerBound + region.upperBound)
    }
  }
}
