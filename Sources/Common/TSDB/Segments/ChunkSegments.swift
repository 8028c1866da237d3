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
    // Sorted as text, as Prometheus sorts them: for its own names of six digits that is by number.
    for entry in try Directory.entries(of: folder) where Self.isSegment(entry.name) {
      files.append(try OpenFile(folder + "/" + entry.name))
    }
    self.files = files
    self.folder = folder
  }

  /// Whether a file of this name in `chunks` is a segment: a number of 64 bits in decimal digits.
  public static func isSegment(_ name: String) -> Bool {
    name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && UInt64(name) != nil
  }
}
