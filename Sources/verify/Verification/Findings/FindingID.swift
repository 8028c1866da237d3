import TSDB

extension Finding {
  /// The stable name of a kind of finding. Scripts go by these: none is ever renamed.
  public enum ID: String, CaseIterable, Sendable {
    /// Objects without meta.json that were written not long ago: an upload that is probably under way.
    case uploadInProgress = "upload-in-progress"
    /// A folder or prefix named as a block has objects but no meta.json.
    case partialUpload = "partial-upload"
    /// meta.json is no JSON, of another version, or says what cannot be.
    case metaUnreadable = "meta-unreadable"
    /// The bucket's meta.json contradicts the local one, or itself.
    case metaMismatch = "meta-mismatch"
    /// meta.json says what no program is known to write: too few chunks for its series, sources that are listed twice.
    case metaImplausible = "meta-implausible"
    /// A file that the block needs is not in its folder.
    case missingFile = "missing-file"
    /// A local block is not in the bucket at all.
    case missingBlock = "missing-block"
    /// The block is about to be deleted from the bucket: it has a deletion marker.
    case markedForDeletion = "marked-for-deletion"
    /// The block should have been deleted long ago: its deletion marker is older than the compactor's delay.
    case deletionOverdue = "deletion-overdue"
    /// The bucket's copy of a local block is marked for deletion, and nothing that stays in the bucket has its data.
    case deletionUncovered = "deletion-uncovered"
    /// A deletion marker that Thanos cannot read, and goes on as if it were not there.
    case markerUnreadable = "marker-unreadable"
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
    /// The like, and the block that was compacted from it is damaged.
    case compactedIntoDamaged = "compacted-into-damaged"
    /// The like, and the block that was compacted from it has fewer series or samples.
    case compactedIntoLess = "compacted-into-less"
    /// A local raw block is in the bucket only as part of downsampled ones.
    case downsampledOnly = "downsampled-only"
    /// A section of the index does not have the CRC-32C that stands behind it.
    case indexChecksum = "index-crc-mismatch"
    /// The index breaks its format.
    case indexMalformed = "index-malformed"
    /// Bytes between the entries of the index that are not zero, or belong to nothing.
    case indexPadding = "index-padding"
    /// Symbols that are not sorted, or are there twice.
    case symbolsUnsorted = "symbols-unsorted"
    /// A series that does not sort after the one before it.
    case seriesUnsorted = "series-unsorted"
    /// Two series with the same labels.
    case duplicateSeries = "duplicate-series"
    /// A series whose labels are not sorted by name, or that has a name twice.
    case labelsUnsorted = "labels-unsorted"
    /// A label with an empty name or value.
    case emptyLabel = "empty-label"
    /// A postings list whose references do not rise.
    case postingsUnsorted = "postings-unsorted"
    /// A postings list that lacks a series with its label, or has one without it.
    case postingsIncomplete = "postings-incomplete"
    /// A postings list that refers to a place where no series is.
    case postingsDangling = "postings-dangling"
    /// The index has more labels than could be held against its postings lists. No damage by itself.
    case postingsUnproved = "postings-unproved"
    /// An offset table is not sorted, or does not lead to the lists that are there.
    case offsetTable = "offset-table-mismatch"
    /// The index says of a chunk that it ends before it begins.
    case chunkRange = "chunk-range-invalid"
    /// A chunk of a series that stands behind a later one.
    case outOfOrderChunk = "out-of-order-chunk"
    /// A chunk of a series that begins before the one in front of it has ended.
    case chunkOverlap = "chunk-overlap"
    /// A chunk of a series that is there twice, byte for byte.
    case duplicateChunk = "duplicate-chunk"
    /// A chunk with times outside of the block's.
    case chunkOutsideBlock = "chunk-outside-block"
    /// Chunks do not lie in the order of their series. No damage by itself.
    case chunkReferencesUnordered = "chunk-refs-unordered"
    /// A chunk in a segment that no series of the index names.
    case unreferencedChunk = "unreferenced-chunk"
    /// A raw block has aggregates, or a downsampled one has other chunks.
    case resolutionMismatch = "resolution-mismatch"
    /// A segment without a chunk.
    case emptySegment = "empty-segment"
    /// Bytes of a segment's header that are not zero.
    case segmentPadding = "segment-padding"
    /// The block has deletions of which the tombstones are not there: what was deleted comes back.
    case lostDeletions = "lost-deletions"
    /// A tombstone for a series that is not there.
    case tombstoneDangling = "tombstone-dangling"
    /// A tombstone that ends before it begins.
    case tombstoneRange = "tombstone-range-invalid"
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
    /// The tombstones break their format.
    case tombstonesMalformed = "tombstones-malformed"
    /// The file could not be read: the disk or the network failed.
    case unreadable = "unreadable"
    /// Files that are there, of the right size, and whose content only a download could prove.
    case unproved = "unproved"
    /// A block of a bucket without external labels: Thanos cannot tell whose it is.
    case noExternalLabels = "no-external-labels"
    /// Markers of a block of which nothing else is there.
    case orphanMarker = "orphan-marker"
    /// Two blocks of the same labels and resolution share time: Thanos' compactor halts there.
    case overlappingBlocks = "overlapping-blocks"
    /// Two blocks of the same labels and resolution were compacted from the same sources.
    case duplicateCompaction = "duplicate-compaction"
    /// Between two blocks of the same labels and resolution there is time that no block covers.
    case timeGap = "time-gap"
    /// A raw block long enough to be downsampled has no block of 5m, or one of 5m none of 1h.
    case missingDownsample = "missing-downsample"

    init(_ kind: BlockFault.Kind) {
      switch kind {
      case .indexChecksum: self = .indexChecksum
      case .indexMalformed: self = .indexMalformed
      case .indexPadding: self = .indexPadding
      case .symbolsUnsorted: self = .symbolsUnsorted
      case .seriesUnsorted: self = .seriesUnsorted
      case .duplicateSeries: self = .duplicateSeries
      case .labelsUnsorted: self = .labelsUnsorted
      case .emptyLabel: self = .emptyLabel
      case .postingsUnsorted: self = .postingsUnsorted
      case .postingsIncomplete: self = .postingsIncomplete
      case .postingsDangling: self = .postingsDangling
      case .postingsUnproved: self = .postingsUnproved
      case .offsetTable: self = .offsetTable
      case .chunkRange: self = .chunkRange
      case .outOfOrderChunk: self = .outOfOrderChunk
      case .chunkOverlap: self = .chunkOverlap
      case .duplicateChunk: self = .duplicateChunk
      case .chunkOutsideBlock: self = .chunkOutsideBlock
      case .chunkReferencesUnordered: self = .chunkReferencesUnordered
      case .unreferencedChunk: self = .unreferencedChunk
      case .resolutionMismatch: self = .resolutionMismatch
      case .emptySegment: self = .emptySegment
      case .segmentPadding: self = .segmentPadding
      case .tombstonesMalformed: self = .tombstonesMalformed
      case .tombstoneDangling: self = .tombstoneDangling
      case .tombstoneRange: self = .tombstoneRange
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
      case .unproved, .timeGap, .missingDownsample, .chunkReferencesUnordered, .uploadInProgress, .markedForDeletion,
        .compactedAway:
        .note
      case .partialUpload, .strayObject, .deletionOverdue, .deletionUncovered, .markerUnreadable, .downsampledOnly,
        .compactedIntoLess,        .noBlocks, .metaImplausible, .noExternalLabels, .orphanMarker, .overlappingBlocks, .duplicateCompaction,
        .outOfOrderChunk, .chunkOverlap, .duplicateChunk, .unreferencedChunk, .tombstoneDangling, .unknownEncoding,
        .postingsUnproved, .emptySegment, .lostDeletions:
        .warning
      default: .error
      }
    }
  }
}
