/// Something in a block's files that is not as it should be, with the place.
public struct BlockFault: Equatable, Sendable, CustomStringConvertible {
  /// The stable name of a kind of fault.
  public enum Kind: String, CaseIterable, Sendable {
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
    /// A raw block has aggregates, or a downsampled one has other chunks.
    case resolutionMismatch = "resolution-mismatch"
    /// A segment without a chunk.
    case emptySegment = "empty-segment"
    /// Bytes of a segment's header that are not zero.
    case segmentPadding = "segment-padding"
    /// Chunks do not lie in the order of their series. No damage by itself.
    case chunkReferencesUnordered = "chunk-refs-unordered"
    /// A chunk in a segment that no series of the index names.
    case unreferencedChunk = "unreferenced-chunk"
    /// The tombstones break their format.
    case tombstonesMalformed = "tombstones-malformed"
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
    /// A chunk in an encoding that this program does not know; its CRC-32C is right. No damage by itself.
    case unknownEncoding = "unknown-encoding"
    /// The file could not be read: the disk or the network failed.
    case unreadable = "unreadable"

    /// Whether this says that bytes are not those that were written, or lead nowhere. The others are what a writer may
    /// have meant, as with out-of-order data, or what readers put up with.
    public var isDamage: Bool {
      switch self {
      case .unknownEncoding, .postingsUnproved, .chunkReferencesUnordered, .outOfOrderChunk, .chunkOverlap, .chunkRange,
        .duplicateChunk, .chunkOutsideBlock, .unreferencedChunk, .tombstoneDangling, .tombstoneRange, .symbolsUnsorted,
        .seriesUnsorted, .duplicateSeries, .labelsUnsorted, .emptyLabel, .postingsUnsorted, .resolutionMismatch,
        .emptySegment:
        false
      default: true
      }
    }
  }

  public let kind: Kind
  /// The path or key of the file concerned.
  public let file: String
  /// Bytes from the start of the file, where the fault has a place in it.
  public let offset: UInt64?
  /// The labels of the series that it is about, as PromQL writes them: `{__name__="up", job="node"}`.
  public internal(set) var series: String?
  /// Where that series' entry begins in the index, until it has been looked up.
  var seriesEntry: UInt64?
  /// The reference of the chunk that it is about, from which its series can be found.
  var chunk: UInt64?
  /// What is wrong, in words.
  public let message: String
  /// How many faults this one stands for.
  public let occurrences: Int

  public init(_ kind: Kind, file: String, offset: UInt64? = nil, _ message: String, occurrences: Int = 1) {
    self.init(kind, file: file, offset: offset, seriesEntry: nil, message, occurrences: occurrences)
  }

  /// - Parameter seriesEntry: of the series that it is about, bytes from the start of the index.
  public init(
    _ kind: Kind, file: String, offset: UInt64?, seriesEntry: UInt64?, _ message: String, occurrences: Int = 1
  ) {
    self.occurrences = occurrences
    self.seriesEntry = seriesEntry
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

  /// The same, about a chunk.
  func about(_ chunk: UInt64) -> BlockFault {
    var fault = self
    fault.chunk = chunk
    return fault
  }

  public var description: String {
    let place = offset.map { "offset \($0): " } ?? ""
    return "\(kind.rawValue): \(file): \(place)\(series.map { "\($0): " } ?? "")\(message)"
  }
}
