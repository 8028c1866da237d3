public import Console
public import ObjectStore
import Platform
import Quantities
import TSDB
import Thanos

/// Which block a command is to look into: the one that was named, or the newest.
public enum BlockChoice: Sendable {
  case folder(String)
  case bucket(any Bucket)

  /// No block can be meant.
  public struct NoBlock: ErrorWithExitStatus, CustomStringConvertible {
    public let description: String
    public var exitStatus: ExitStatus { .usage }

    init(description: String) { self.description = description }

    /// Among those of a source none can be looked into.
    init(in source: String, blocks: Int, hasData: Bool) {
      if blocks > 0 {
        description = "\(source): none of the \(blocks) blocks has a meta.json that can be read: see `verify`"
      } else {
        description = "\(source) has no block" + (hasData ? " yet: its data is in the write-ahead log still" : "")
      }
    }
  }

  /// Whether what was given for a block is the path of its folder.
  public static func isPath(_ name: String) -> Bool {
    if name.contains("/") { return true }
    return ULID(name) == nil && (try? Directory.status(of: name)) != nil
  }

  /// Opens the block in a folder, wherever it lies.
  /// - Throws: `NoBlock`, `FileError`, `TSDBError`.
  public static func block(at path: String) async throws -> InspectedBlock {
    try await BlockingPool.shared.run {
      do {
        return try InspectedBlock(at: path)
      } catch let error as FileError where error.code == .notFound || error.code == .notADirectory {
        guard (try? Directory.status(of: "\(path)/\(BlockMeta.fileName)")) == nil else { throw error }
        throw NoBlock(description: "\(path) is no folder of a block: it has no \(BlockMeta.fileName)")
      }
    }
  }

  /// Opens the named block.
  /// - Parameter name: a ULID, or nothing for the block with the newest data.
  /// - Throws: `NoBlock`, `DataDirectory.NotATSDB`, `FileError`, `BucketError`, `TSDBError`.
  public func open(_ name: String?) async throws -> InspectedBlock {
    let ulid = try name.map { name in
      guard let ulid = ULID(name) else {
        throw NoBlock(description: "\(name) is neither a block's ULID, 26 characters as in 01M81B088QDAD3JHFN4993ETCA, nor the path of a block's folder")
      }
      return ulid
    }
    switch self {
    case .folder(let path):
      return try await BlockingPool.shared.run {
        let directory = try DataDirectory(path)
        let blocks = directory.blocks
        guard let block = try ulid.map({ ulid in try Self.find(ulid, blocks, path) }) ?? Self.newest(blocks) else {
          throw NoBlock(in: path, blocks: blocks.count, hasData: true)
        }
        return try InspectedBlock(block)
      }
    case .bucket(let bucket):
      if let ulid { return try await Self.block(ulid, in: bucket) }
      let all = try await BucketBlocks(bucket).all()
      guard let newest = all.compactMap(\.description).max(by: { Self.isOlder($0.meta, $1.meta) }) else {
        throw NoBlock(in: "\(bucket.location)", blocks: all.count, hasData: false)
      }
      return try await InspectedBlock(newest.ulid, in: bucket)
    }
  }

  private static func block(_ ulid: ULID, in bucket: any Bucket) async throws -> InspectedBlock {
    do {
      return try await InspectedBlock(ulid, in: bucket)
    } catch let error as BucketError where error.code == .objectNotFound && error.key == BlockObjects(ulid).meta {
      throw NoBlock(description: "\(bucket.location) has no block \(ulid), or one whose upload is not complete: there is no \(BlockObjects(ulid).meta)")
    }
  }

  /// Opens the block that covers a time; of several the one with the shortest range, which is the least compacted.
  /// - Parameter time: ms since 1970.
  /// - Throws: as `open`.
  public func open(at time: Int64) async throws -> InspectedBlock {
    switch self {
    case .folder(let path):
      return try await BlockingPool.shared.run {
        let blocks = try DataDirectory(path).blocks
        let metas = blocks.compactMap { try? $0.readMeta() }
        if metas.isEmpty { throw NoBlock(in: path, blocks: blocks.count, hasData: true) }
        let ulid = try Self.block(at: time, of: metas)
        return try InspectedBlock(try Self.find(ulid, blocks, path))
      }
    case .bucket(let bucket):
      let blocks = try await BucketBlocks(bucket).all()
      let metas = blocks.compactMap(\.description).filter { $0.resolution == .raw }.map(\.meta)
      if metas.isEmpty { throw NoBlock(in: "\(bucket.location)", blocks: blocks.count, hasData: false) }
      return try await InspectedBlock(try Self.block(at: time, of: metas), in: bucket)
    }
  }

  private static func block(at time: Int64, of metas: [BlockMeta]) throws(NoBlock) -> ULID {
    let covering = metas.filter { $0.minTime <= time && time < $0.maxTime }
    func isShorter(_ left: BlockMeta, _ right: BlockMeta) -> Bool {
      (left.maxTime &- left.minTime, left.ulid) < (right.maxTime &- right.minTime, right.ulid)
    }
    guard let block = covering.min(by: isShorter) else {
      let start = Timestamp.text(metas.map(\.minTime).min() ?? 0)
      let end = Timestamp.text(metas.map(\.maxTime).max() ?? 0)
      throw NoBlock(description: "no block covers \(Timestamp.text(time)): they reach from \(start) to \(end)")
    }
    return block.ulid
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
