public import Platform

/// The deletions of a block: which times of which series are no longer to be shown.
///
///     ┌──────────────────┬─────────────┬─────────────────────────────────────────────┬─────────┐
///     │ 0x0130BA30 <4 B> │ version <1> │ uvarint series, varint mint, varint maxt, … │ CRC-32C │
///     └──────────────────┴─────────────┴─────────────────────────────────────────────┴─────────┘
///
/// The checksum covers the entries only. Source: Prometheus, tsdb/docs/format/tombstones.md and
/// tsdb/tombstones/tombstones.go.
public struct Tombstones: Equatable, Sendable {
  /// A stretch of time that was deleted from a series.
  public struct Entry: Equatable, Sendable {
    /// As postings refer to it.
    public let series: UInt64
    /// ms since 1970, both inclusive.
    public let minTime: Int64
    public let maxTime: Int64

    public init(series: UInt64, minTime: Int64, maxTime: Int64) {
      self.series = series
      self.minTime = minTime
      self.maxTime = maxTime
    }
  }

  static let magic: UInt32 = 0x0130_BA30

  /// In the order of the file.
  public let entries: [Entry]

  /// Number of series that have lost something.
  public var seriesCount: Int { Set(entries.lazy.map(\.series)).count }

  /// A block without deletions.
  public init() { entries = [] }

  /// Deletions that were not read from a file.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// Reads the file `tombstones` of a block's folder. A missing one stands for no deletions.
  /// - Throws: `FileError` if it cannot be read, `TSDBError` if it breaks the format.
  public init(ifPresentAt path: String) throws {
    do {
      try self.init(FileBytes(mapping: path))
    } catch let error as FileError where error.code == .notFound {
      self.init()
    }
  }

  public init(_ file: FileBytes) throws(TSDBError) {
    do throws(Fault) {
      entries = try Self.entries(of: file.bytes)
    } catch {
      throw TSDBError(error, in: file.name)
    }
  }

  private static func entries(of bytes: RawSpan) throws(Fault) -> [Entry] {
    var header = ByteReader(bytes)
    try readHeader(from: &header)
    let body = header.position..<max(header.position, bytes.byteCount - 4)
    try header.checksum(of: body.count, verifying: true)

    var reader = ByteReader(bytes, in: body)
    var entries: [Entry] = []
    while !reader.isAtEnd {
      entries.append(try Entry(from: &reader))
    }
    return entries
  }

  /// Reads magic number and version.
  static func readHeader(from reader: inout ByteReader) throws(Fault) {
    let magic = try reader.uint32()
    guard magic == Self.magic else {
      throw Fault(.badMagic, at: 0, expected: "the tombstones' magic number, 0x0130BA30", found: UInt64(magic))
    }
    let version = try reader.uint8()
    guard version == 1 else {
      throw Fault(.unsupportedVersion, at: 4, expected: "tombstones version 1", found: UInt64(version))
    }
  }
}

extension Tombstones.Entry {
  init(from reader: inout ByteReader) throws(Fault) {
    self.init(series: try reader.uvarint(), minTime: try reader.varint(), maxTime: try reader.varint())
  }
}
