/// Which checksums the parts of an upload carry.
struct S3PartChecksums: Equatable, Sendable {
  var haveMD5: Bool
  var haveCRC32C: Bool
  /// Whether the store has said that it checks the CRC-32Cs, and keeps that of the whole object, which they make up.
  var arePromised = false

  /// Their MD5s only.
  static let md5 = S3PartChecksums(haveMD5: true, haveCRC32C: false)
  /// CRC-32Cs beside the MD5s: the store was asked to keep that of the whole object, and has not said that it will.
  static let both = S3PartChecksums(haveMD5: true, haveCRC32C: true)
  /// CRC-32Cs only, as promised. MD5s would prove nothing more, and cost more than all the rest of an upload.
  static let crc32c = S3PartChecksums(haveMD5: false, haveCRC32C: true, arePromised: true)

  /// Those for a content. Without the right to read, what was promised cannot be asked for afterwards, and the ETag has to
  /// do: a file can be hashed then, content that is fetched is there only once.
  func fitting(_ content: ObjectContent) -> S3PartChecksums {
    var fitting = self
    if case .source = content { fitting.haveMD5 = true }
    return fitting
  }
}
