public import ObjectStore
import Platform
import TSDB
import Thanos

/// Where blocks are looked at.
public enum BlockSource: Sendable {
  /// Prometheus' data folder.
  case folder(String)
  case bucket(any Bucket)

  /// A row a block, in the order of Thanos' table. An odd block is a row, not an error (thanos#6569).
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the source itself cannot be read.
  public func rows() async throws -> [BlockRow] {
    switch self {
    case .folder(let path):
      let directory = try await BlockingPool.shared.run { try DataDirectory(path) }
      let rows = await BlockingPool.shared.run { directory.blocks.map(Self.row) }
      return rows.sorted(by: BlockRow.inOrder)
    case .bucket(let bucket):
      return try await BucketRows(bucket: bucket).all().sorted(by: BlockRow.inOrder)
    }
  }

  private static func row(_ folder: BlockFolder) -> BlockRow {
    var sizes: BlockSizes?
    if let files = try? folder.files() {
      sizes = files.reduce(into: BlockSizes()) { $0.add($1.path, bytes: $1.size) }
    }
    do {
      let description = try BlockDescription(try folder.readMeta(), file: folder.metaPath)
      return BlockRow(ulid: folder.ulid, description: description, sizes: sizes, state: BlockRow.ok)
    } catch let error as FileError where error.code == .notFound {
      return BlockRow(ulid: folder.ulid, description: nil, sizes: sizes, state: "no meta.json")
    } catch {
      return BlockRow(ulid: folder.ulid, description: nil, sizes: sizes, state: "unreadable: \(error)")
    }
  }
}
