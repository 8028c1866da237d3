import TSDB

/// Bytes of a block by kind of file.
public struct BlockSizes: Equatable, Sendable {
  public private(set) var index: UInt64 = 0
  public private(set) var chunks: UInt64 = 0
  /// Every file of the block, meta.json, tombstones and markers included.
  public private(set) var total: UInt64 = 0
  /// How many files that are: as many objects has the block in a bucket.
  public private(set) var files = 0

  public init() {}

  /// Takes in a file by its path in the block.
  public mutating func add(_ path: String, bytes: UInt64) {
    files += 1
    Self.add(bytes, to: &total)
    if path == BlockFolder.indexName { Self.add(bytes, to: &index) }
    if path.hasPrefix(BlockFolder.chunksName + "/") { Self.add(bytes, to: &chunks) }
  }

  /// Takes in the files of another block.
  mutating func add(_ other: BlockSizes) {
    files += other.files
    Self.add(other.index, to: &index)
    Self.add(other.chunks, to: &chunks)
    Self.add(other.total, to: &total)
  }

  /// Sizes that a store tells may be anything; a sum that does not fit is the largest that does.
  private static func add(_ bytes: UInt64, to sum: inout UInt64) {
    let (result, overflow) = sum.addingReportingOverflow(bytes)
    sum = overflow ? .max : result
  }
}
