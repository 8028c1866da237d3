public import ObjectStore
import Platform
import TSDB
import Thanos

/// Which block a command is to look into: the one that was named, or the newest.
public enum BlockChoice: Sendable {
  case folder(String)
  case bucket(any Bucket)

  /// No block can be meant.
  public struct NoBlock: Error, CustomStringConvertible {
    public let description: String
  }

  /// Opens the named block.
  /// - Parameter name: a ULID, or nothing for the block with the newest data.
  /// - Throws: `NoBlock`, `DataDirectory.NotATSDB`, `FileError`, `BucketError`, `TSDBError`.
  public func open(_ name: String?) async throws -> InspectedBlock {
    let ulid = try name.map { name in
      guard let ulid = ULID(name) else {
        throw NoBlock(description: "\(name) is no block's ULID: 26 characters as in 01M81B088QDAD3JHFN4993ETCA")
      }
      return ulid
    }
    switch self {
    case .folder(let path):
      return try await BlockingPool.shared.run {
        let directory = try DataDirectory(path)
        let blocks = directory.blocks
        guard let block = try ulid.map({ ulid in try Self.find(ulid, blocks, path) }) ?? Self.newest(blocks) else {
          throw NoBlock(description: "\(path) has no block with a meta.json that can be read")
        }
        return try InspectedBlock(block)
      }
    case .bucket(let bucket):
      if let ulid { return try await InspectedBlock(ulid, in: bucket) }
      let blocks = try await BucketBlocks(bucket).all().compactMap(\.description)
      guard let newest = blocks.max(by: { Self.isOlder($0.meta, $1.meta) }) else {
        throw NoBlock(description: "\(bucket.location) has no block with a meta.json that can be read")
      }
      return try await InspectedBlock(newest.ulid, in: bucket)
    }
  }

  private static func find(_ ulid: ULID, _ blocks: [BlockFolder], _ path: String) throws(NoBlock) -> BlockFolder {
    guard let block = blocks.first(where: { $0.ulid == ulid }) else {
      throw NoBlock(description: "\(path) has no block \(ulid)")
    }
    return block
  }

  private static func newest(_ blocks: [BlockFolder]) -> BlockFolder? {
    let readable = blocks.compactMap { folder in (try? folder.readMeta()).map { (folder, $0) } }
    return readable.max { isOlder($0.1, $1.1) }?.0
  }

  private static func isOlder(_ left: BlockMeta, _ right: BlockMeta) -> Bool {
    (left.maxTime, left.minTime, left.ulid) < (right.maxTime, right.minTime, right.ulid)
  }
}
