public import Platform

/// A block on disk: a folder named by its ULID with meta.json, index, chunks and perhaps tombstones.
public struct BlockFolder: Equatable, Sendable {
  public static let indexName = "index"
  public static let chunksName = "chunks"
  public static let tombstonesName = "tombstones"

  public let ulid: ULID
  public let path: String

  public init(ulid: ULID, path: String) {
    self.ulid = ulid
    self.path = path
  }

  public var metaPath: String { "\(path)/\(BlockMeta.fileName)" }
  public var indexPath: String { "\(path)/\(Self.indexName)" }
  public var tombstonesPath: String { "\(path)/\(Self.tombstonesName)" }

  /// Whether the folder is (still) there.
  public var exists: Bool { (try? Directory.status(of: path)) != nil }

  /// Reads meta.json and holds it against the folder's name.
  /// - Throws: `FileError`, or `TSDBError` for a file that is no meta.json or one of another block.
  public func readMeta() throws -> BlockMeta {
    let bytes = try OpenFile(metaPath).readAll(limit: BlockMeta.sizeLimit)
    return try BlockMeta(parsing: bytes, file: metaPath, of: ulid)
  }

  /// Names of the chunk segments in the order that chunk references count them, and names beside them that are none.
  ///
  /// Prometheus takes every file whose name is a number, sorted as text; for its own names of six digits that is by number.
  public func segmentNames() throws(FileError) -> (segments: [String], strays: [String]) {
    let entries = try Directory.entries(of: "\(path)/\(Self.chunksName)")
    let segments = entries.filter { $0.kind == .file && Self.isSegment($0.name) }.map(\.name)
    return (segments, entries.map(\.name).filter { !segments.contains($0) })
  }

  /// Whether a path inside a block is that of its index or of a segment.
  public static func isData(_ path: String) -> Bool { path == indexName || path.hasPrefix("\(chunksName)/") }

  /// Every file of the block that is there, by its path in it, with its size in bytes; strays in `chunks` left out.
  public func files() throws(FileError) -> [(path: String, size: UInt64)] {
    var files: [(path: String, size: UInt64)] = []
    for entry in try Directory.entries(of: path) where entry.kind == .file {
      files.append((entry.name, try Directory.status(of: "\(path)/\(entry.name)").size))
    }
    for name in try segmentNames().segments {
      let segment = "\(Self.chunksName)/\(name)"
      files.append((segment, try Directory.status(of: "\(path)/\(segment)").size))
    }
    return files
  }

  /// The name that Prometheus gives to a segment.
  /// - Parameter place: counted from 0, as chunk references do.
  public static func segmentName(_ place: UInt64) -> String {
    let digits = String(place &+ 1)
    return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }

  /// Whether a file of this name in `chunks` is a segment: a number of 64 bits in decimal digits.
  public static func isSegment(_ name: some StringProtocol) -> Bool {
    guard !name.isEmpty, name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return false }
    // Nineteen digits always fit.
    return name.utf8.count < 20 || UInt64(name) != nil
  }
}
