public import TSDB
public import Thanos

/// A block as a row of the table: what its meta.json says and what its files weigh.
public struct BlockRow: Sendable {
  public let ulid: ULID
  /// `nil` for partial uploads and blocks whose meta.json cannot be read.
  public let description: BlockDescription?
  public let sizes: BlockSizes?
  /// `ok`, or why there is nothing more to show.
  public let state: String

  public init(ulid: ULID, description: BlockDescription?, sizes: BlockSizes?, state: String) {
    self.ulid = ulid
    self.description = description
    self.sizes = sizes
    self.state = state
  }

  static let ok = "ok"

  /// The order of Thanos' table: FROM, then UNTIL; blocks without times last.
  public static func inOrder(_ left: BlockRow, _ right: BlockRow) -> Bool {
    func key(_ row: BlockRow) -> (Int64, Int64, ULID) {
      (row.description?.meta.minTime ?? .max, row.description?.meta.maxTime ?? .max, row.ulid)
    }
    return key(left) < key(right)
  }
}

/// Bytes of a block by kind of file.
public struct BlockSizes: Equatable, Sendable {
  public private(set) var index: UInt64 = 0
  public private(set) var chunks: UInt64 = 0
  /// Every file of the block, meta.json, tombstones and markers included.
  public private(set) var total: UInt64 = 0

  public init() {}

  /// Takes in a file by its path in the block.
  public mutating func add(_ path: String, bytes: UInt64) {
    Self.add(bytes, to: &total)
    if path == BlockFolder.indexName { Self.add(bytes, to: &index) }
    if path.hasPrefix(BlockFolder.chunksName + "/") { Self.add(bytes, to: &chunks) }
  }

  /// Sizes out of a meta.json may be anything; a sum that does not fit is the largest that does.
  private static func add(_ bytes: UInt64, to sum: inout UInt64) {
    let (result, overflow) = sum.addingReportingOverflow(bytes)
    sum = overflow ? .max : result
  }
}
