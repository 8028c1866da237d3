public import Platform

/// The segment files of a block, held open: what chunk references point into.
///
/// A reference is 64 bits: the upper half is the segment's place in the list, from 0, the lower half the offset of the
/// chunk's length in it.
public final class ChunkSegments: Sendable {
  /// In the order that references count them in.
  public let files: [OpenFile]
  let folder: String

  /// Opens every segment of a block.
  /// - Parameter folder: the block's `chunks`. Names that are no numbers are passed over, as Prometheus does.
  /// - Throws: `FileError`.
  public init(folder: String) throws(FileError) {
    var files: [OpenFile] = []
    // In the order of `BlockFolder.segmentNames`.
    for entry in try Directory.entries(of: folder) where entry.kind == .file && BlockFolder.isSegment(entry.name) {
      files.append(try OpenFile(folder + "/" + entry.name))
    }
    self.files = files
    self.folder = folder
  }

  /// The segments of a block that is open already.
  public init(_ block: OpenBlock) {
    files = block.segments.map(\.file)
    folder = "\(block.folder.path)/\(BlockFolder.chunksName)"
  }
}
