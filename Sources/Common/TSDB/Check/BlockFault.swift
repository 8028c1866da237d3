/// Something in a block's files that is not as it should be, with the place.
public struct BlockFault: Equatable, Sendable, CustomStringConvertible {
  /// The stable name of a kind of fault.
  public enum Kind: String, CaseIterable, Sendable {
    /// A section of the index does not have the CRC-32C that stands behind it.
    case indexChecksum = "index-crc-mismatch"
    /// The index breaks its format.
    case indexMalformed = "index-malformed"
    /// A chunk does not have the CRC-32C that stands behind it.
    case chunkChecksum = "chunk-crc-mismatch"
    /// A segment breaks its format: from there on nothing of it can be read.
    case segmentMalformed = "segment-malformed"
    /// A chunk with the right CRC-32C whose samples cannot be decoded, or go back in time.
    case chunkMalformed = "chunk-malformed"
    /// The first or last sample of a chunk is not at the time that the index gives for it.
    case chunkTimes = "chunk-times-mismatch"
    /// The index names a chunk where no segment has one.
    case chunkMissing = "chunk-missing"
    /// Index, segments and meta.json do not count the same.
    case countMismatch = "count-mismatch"
    /// A chunk in an encoding that this program does not know; its CRC-32C is right. No damage by itself.
    case unknownEncoding = "unknown-encoding"
    /// The file could not be read: the disk or the network failed.
    case unreadable = "unreadable"
  }

  public let kind: Kind
  /// The path or key of the file concerned.
  public let file: String
  /// Bytes from the start of the file, where the fault has a place in it.
  public let offset: UInt64?
  /// What is wrong, in words.
  public let message: String
  /// How many faults this one stands for.
  public let occurrences: Int

  public init(_ kind: Kind, file: String, offset: UInt64? = nil, _ message: String, occurrences: Int = 1) {
    self.occurrences = occurrences
    self.kind = kind
    self.file = file
    self.offset = offset
    self.message = message
  }

  /// A fault of the format, under the kind that fits the file it is in.
  public init(_ error: TSDBError, malformed: Kind, checksum: Kind) {
    let found = error.found.map { ", found \($0)" } ?? ""
    self.init(
      error.code == .checksumMismatch ? checksum : malformed, file: error.file, offset: error.offset,
      "expected \(error.expected)\(found)")
  }

  public var description: String {
    "\(kind.rawValue): \(file): \(offset.map { "offset \($0): " } ?? "")\(message)"
  }
}
