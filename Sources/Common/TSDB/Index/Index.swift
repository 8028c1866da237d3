public import Platform

/// The index of a block: which series it has, where their chunks are, and which series have a given label.
///
/// - File format: a header of five bytes (`0xBAAAD700`, then the version), symbols, series, label indices (old files),
///   postings, the label offset table (old files), the postings offset table, and the `TableOfContents`. Versions 1, 2
///   and 3 are read, 3 as 2, as Prometheus does. Version 1 refers to symbols and series by their file offset, version 2
///   to symbols by their number and to series by their offset / 16.
/// - Performance: `init` reads the header and the last 52 bytes only. Symbols and the postings offset table are read
///   when asked for, in one pass each; all series in one pass without an allocation a series (two million with ten
///   labels and three chunks each in a quarter of a second, checksums included).
/// - Thread safety: nothing changes after `init`; the bytes belong to `FileBytes`.
/// - Every byte is taken for hostile: what does not fit is a `TSDBError` with file and offset.
public struct Index: Sendable {
  static let magic: UInt32 = 0xBAAA_D700
  static let headerByteCount = 5

  let file: FileBytes
  /// As it stands in the header: 1, 2 or 3.
  public let version: UInt8
  public let tableOfContents: TableOfContents

  /// The file's path or the object's key, as errors name it.
  public var name: String { file.name }
  /// Bytes of the whole index.
  public var byteCount: Int { file.count }

  /// Reads header and table of contents and locates the sections.
  public init(_ file: FileBytes) throws(TSDBError) {
    do throws(Fault) {
      version = try Self.version(ofHeader: file.bytes)
      tableOfContents = try TableOfContents(endOf: file.bytes)
      self.file = file
    } catch {
      throw TSDBError(error, in: file.name)
    }
  }

  /// Whether references are file offsets and series stand unaligned.
  var isVersion1: Bool { version == 1 }

  /// Every series begins at a multiple of this many bytes, and references count in it.
  var seriesAlignment: Int { isVersion1 ? 1 : 16 }

  /// The whole file.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { file.bytes }
  }

  /// A cursor over one section whose positions are file offsets.
  @_lifetime(borrow self)
  func reader(of section: TableOfContents.Section) -> ByteReader {
    ByteReader(bytes, in: tableOfContents.range(of: section))
  }
}
