import Platform

/// Where the sections of an index begin, as its last 52 bytes say.
///
///     ┌─────────┬────────┬──────────────┬────────────────────┬──────────┬────────────────┬─────────┐
///     │ symbols │ series │ labelIndices │ labelIndices table │ postings │ postings table │ CRC-32C │
///     │  <8 B>  │ <8 B>  │    <8 B>     │       <8 B>        │  <8 B>   │     <8 B>      │  <4 B>  │
///     └─────────┴────────┴──────────────┴────────────────────┴──────────┴────────────────┴─────────┘
///
/// Source: Prometheus, tsdb/docs/format/index.md and tsdb/index/index.go. Since Prometheus 3.7 label indices are not
/// written; their section and that of their table are then empty. Offsets are bytes from the start of the file.
public struct TableOfContents: Equatable, Sendable {
  /// The parts of an index in the order in which they lie in the file.
  public enum Section: Int, CaseIterable, Sendable {
    case header, symbols, series, labelIndices, postings, labelIndicesTable, postingsTable, tableOfContents
  }

  /// Bytes of the table itself.
  public static let byteCount = 52

  public let symbols: UInt64
  public let series: UInt64
  public let labelIndices: UInt64
  public let labelIndicesTable: UInt64
  /// Before the padding that may stand in front of the first list.
  public let postings: UInt64
  public let postingsTable: UInt64

  /// By `Section.rawValue`.
  private let ranges: [Range<Int>]

  /// The bytes of a section up to the next one: with lengths, checksums and padding. Empty for one that is absent.
  ///
  /// All ranges together are the whole file, without gaps.
  public func range(of section: Section) -> Range<Int> { ranges[section.rawValue] }

  /// Reads the end of a whole index.
  /// - Throws: a fault if it is too short, if the checksum is wrong, or if the offsets are not in the file's order.
  init(endOf file: RawSpan) throws(Fault) {
    let start = file.byteCount - Self.byteCount
    guard start >= Index.headerByteCount else {
      throw Fault(
        .truncated, at: file.byteCount, expected: "a header and a table of contents (57 bytes)",
        found: UInt64(file.byteCount))
    }
    var reader = ByteReader(file, in: start..<file.byteCount)
    try reader.checksum(of: Self.byteCount - 4, verifying: true)

    reader = ByteReader(file, in: start..<file.byteCount)
    symbols = try reader.uint64()
    series = try reader.uint64()
    labelIndices = try reader.uint64()
    labelIndicesTable = try reader.uint64()
    postings = try reader.uint64()
    postingsTable = try reader.uint64()

    // From the last section to the first, with the place of its offset in the table; each ends where the next begins.
    let offsets = [
      (postingsTable, 5), (labelIndicesTable, 3), (postings, 4), (labelIndices, 2), (series, 1), (symbols, 0),
    ]
    var ranges = [start..<file.byteCount]
    for (offset, place) in offsets {
      let end = ranges[ranges.count - 1].lowerBound
      guard offset == 0 || (UInt64(Index.headerByteCount)...UInt64(end)).contains(offset) else {
        throw Fault(
          .outOfRange, at: start + 8 * place, expected: "an offset between those of the sections beside it",
          found: offset)
      }
      ranges.append((offset == 0 ? end : Int(offset))..<end)
    }
    ranges.append(0..<ranges[ranges.count - 1].lowerBound)
    self.ranges = ranges.reversed()
  }
}
