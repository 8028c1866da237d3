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
  public func rows(_ selection: RowSelection = .all, cache: MetaCache? = nil) async throws -> [BlockRow] {
    let rows =
      switch self {
      case .folder(let path): try await FolderRows(path: path).all(selection.blocks.ids)
      case .bucket(let bucket): try await BucketRows(bucket: bucket, cache: cache).all(selection.blocks.ids)
      }
    return rows.filter(selection.contains).sorted(by: BlockRow.inOrder)
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
