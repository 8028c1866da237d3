public import ObjectStore
import Platform
import TSDB
import Thanos

/// Where blocks are looked at.
public enum BlockSource: Sendable {
  /// Prometheus' data folder.
  case folder(String)
  case bucket(any Bucket)

  /// meta.json files that are asked for at a time, if the bucket lets so many through.
  public static let requests = 48

  /// A row a block, in the order of Thanos' table. An odd block is a row, not an error (thanos#6569).
  /// - Parameters:
  ///   - selection: blocks that are known not to be meant are not looked at.
  ///   - cache: what earlier runs have read of a bucket; `nil` to read all of it.
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the source itself cannot be read.
  public func rows(_ selection: RowSelection = .all, cache: BlockCache? = nil) async throws -> [BlockRow] {
    try await selected(selection, cache: cache).rows
  }

  /// The same with those that nobody can say of whether they are meant.
  public func selected(_ selection: RowSelection, cache: BlockCache? = nil) async throws -> SelectedRows {
    let rows =
      switch self {
      case .folder(let path): try await FolderRows(path: path).all(selection.blocks.ids)
      case .bucket(let bucket): try await BucketRows(bucket: bucket, cache: cache).all(selection.blocks.ids)
      }
    return SelectedRows(BlockRow.sorted(rows), selection)
  }

  /// What earlier runs have read of a bucket; `nil` for what is on this machine, and without a folder.
  /// - Parameter folder: as `BlockCache` takes it.
  public func cache(_ content: BlockCache.Content, in folder: String?) -> BlockCache? {
    guard case .bucket(let bucket) = self, let folder else { return nil }
    return BlockCache(content, of: bucket, in: folder)
  }
}

extension BlockSource {
  /// For people: the folder's path, or what the bucket calls itself.
  public var location: String {
    switch self {
    case .folder(let path): path
    case .bucket(let bucket): bucket.location
    }
  }
}
