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

  /// Reads the last bytes of an index of which nothing else is at hand.
  /// - Parameters:
  ///   - bytes: the last `byteCount`.
  ///   - size: bytes of the whole index.
  ///   - file: its path or key, for errors.
  /// - Throws: `TSDBError` where they are no table of contents of an index of this size.
  public init(lastBytes bytes: [UInt8], ofSize size: UInt64, file: String) throws(TSDBError) {
    do throws(Fault) {
      let span = bytes.rawBytes
      try self.init(span, fileSize: Int(clamping: size))
    } catch {
      throw TSDBError(error, in: file)
    }
  }

  /// Reads the end of a whole index.
  /// - Throws: a fault if it is too short, if the checksum is wrong, or if the offsets are not in the file's order.
  init(endOf file: RawSpan) throws(Fault) {
    let start = max(0, file.byteCount - Self.byteCount)
    try self.init(file.extracting(start..<file.byteCount), fileSize: file.byteCount)
  }

  /// Reads the last bytes of an index.
  /// - Parameters:
  ///   - bytes: the last 52, or all of a shorter file.
  ///   - fileSize: bytes of the whole file.
  /// - Throws: as `init(endOf:)`, with offsets from the start of the file.
  init(_ bytes: RawSpan, fileSize: Int) throws(Fault) {
    let start = fileSize - Self.byteCount
    guard start >= Index.headerByteCount, bytes.byteCount == Self.byteCount else {
      throw Fault(
        .truncated, at: fileSize, expected: "a header and a table of contents (57 bytes)", found: UInt64(fileSize))
    }
    var reader = ByteReader(bytes)
    do throws(Fault) {
      try reader.checksum(of: Self.byteCount - 4, verifying: true)
    } catch {
      throw Fault(error.code, at: start + error.offset, expected: error.expected, found: error.found)
    }

    reader.move(to: 0)
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
    var ranges = [start..<fileSize]
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
