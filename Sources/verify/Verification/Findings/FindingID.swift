import TSDB

extension Finding {
  /// The stable name of a kind of finding. Scripts go by these: none is ever renamed.
  public enum ID: String, CaseIterable, Sendable {
    /// A folder or prefix named as a block has objects but no meta.json.
    case partialUpload = "partial-upload"
    /// meta.json is no JSON, of another version, or says what cannot be.
    case metaUnreadable = "meta-unreadable"
    /// The bucket's meta.json contradicts the local one, or itself.
    case metaMismatch = "meta-mismatch"
    /// A file that the block needs is not in its folder.
    case missingFile = "missing-file"
    /// A local block is not in the bucket at all.
    case missingBlock = "missing-block"
    /// The block is about to be deleted from the bucket: it has a deletion marker.
    case markedForDeletion = "marked-for-deletion"
    /// There is no block at all to verify.
    case noBlocks = "no-blocks"
    /// A file of the block is not in the bucket.
    case missingObject = "missing-object"
    /// An object of the block that neither meta.json nor the local folder knows.
    case strayObject = "stray-object"
    case sizeMismatch = "size-mismatch"
    /// Same size, other bytes.
    case contentMismatch = "content-mismatch"
    /// The bytes are not those of which meta.json holds the hash.
    case hashMismatch = "hash-mismatch"
    /// A local block is not in the bucket itself, but one that was compacted from it is: it cannot be compared.
    case compactedAway = "compacted-away"
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
    /// A chunk in an encoding that this program does not know; its CRC-32C is right.
    case unknownEncoding = "unknown-encoding"
    case tombstonesMalformed = "tombstones-malformed"
    /// The file could not be read: the disk or the network failed.
    case unreadable = "unreadable"

    init(_ kind: BlockFault.Kind) {
      switch kind {
      case .indexChecksum: self = .indexChecksum
      case .indexMalformed: self = .indexMalformed
      case .chunkChecksum: self = .chunkChecksum
      case .segmentMalformed: self = .segmentMalformed
      case .chunkMalformed: self = .chunkMalformed
      case .chunkTimes: self = .chunkTimes
      case .chunkMissing: self = .chunkMissing
      case .countMismatch: self = .countMismatch
      case .unknownEncoding: self = .unknownEncoding
      case .unreadable: self = .unreadable
      }
    }

    public var severity: Severity {
      switch self {
      case .unknownEncoding: .note
      case .partialUpload, .strayObject, .compactedAway, .markedForDeletion, .noBlocks: .warning
      default: .error
      }
    }
  }
}
