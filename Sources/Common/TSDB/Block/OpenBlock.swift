public import Platform

/// A block with all of its files open: Prometheus may compact or delete it from now on, its bytes stay readable.
///
/// Opening needs no write access to the data folder, unlike the hard links that a Thanos sidecar makes (prometheus-operator#4928).
public struct OpenBlock: Sendable {
  public let folder: BlockFolder
  public let meta: BlockMeta
  public let index: OpenFile
  /// In the order that chunk references count them.
  public let segments: [Segment]
  /// `nil` where the block has none.
  public let tombstones: OpenFile?
  /// Names in `chunks/` that are no segments and belong to nothing.
  public let strays: [String]

  public struct Segment: Sendable {
    public let name: String
    public let file: OpenFile
  }

  /// Opens everything, or nothing.
  /// - Parameter note: gets the number of bytes of each read of index, segments and tombstones, from whatever thread.
  /// - Throws: `FileError` (`.notFound` also when Prometheus deletes the block at this moment), `TSDBError` for a broken
  ///   meta.json.
  public init(_ folder: BlockFolder, note: (@Sendable (Int) -> Void)? = nil) throws {
    self.folder = folder
    meta = try folder.readMeta()
    index = try OpenFile(folder.indexPath, note: note)
    let names = try folder.segmentNames()
    strays = names.strays
    if let lost = strays.first(where: { BlockFolder.isSegment($0) }) {
      throw TSDBError(
        code: .malformed, file: "\(folder.path)/\(BlockFolder.chunksName)/\(lost)", offset: 0,
        expected: "a segment", found: "a folder, or a link to nowhere")
    }
    segments = try names.segments.map { name in
      Segment(name: name, file: try OpenFile("\(folder.path)/\(BlockFolder.chunksName)/\(name)", note: note))
    }
    do throws(FileError) {
      tombstones = try OpenFile(folder.tombstonesPath, note: note)
    } catch {
      guard error.code == .notFound else { throw error }
      tombstones = nil
    }
  }

  /// Bytes of index and segments: what a bucket stores besides meta.json.
  public var dataSize: UInt64 { segments.reduce(index.size) { $0 + $1.file.size } }
}
