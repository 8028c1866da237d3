public import ObjectStore
import Platform
public import TSDB
import Thanos

/// Where blocks are looked at.
public enum BlockSource: Sendable {
  /// Prometheus' data folder.
  case folder(String)
  case bucket(any Bucket)

  /// A row a block, in the order of Thanos' table. An odd block is a row, not an error (trap 3).
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
    let sizes = try? sizes(of: folder)
    do {
      let description = try BlockDescription(try folder.readMeta(), file: folder.metaPath)
      return BlockRow(ulid: folder.ulid, description: description, sizes: sizes, state: BlockRow.ok)
    } catch let error as FileError where error.code == .notFound {
      return BlockRow(ulid: folder.ulid, description: nil, sizes: sizes, state: "no meta.json")
    } catch {
      return BlockRow(ulid: folder.ulid, description: nil, sizes: sizes, state: "unreadable: \(error)")
    }
  }

  private static func sizes(of folder: BlockFolder) throws -> BlockSizes {
    var sizes = BlockSizes()
    for entry in try Directory.entries(of: folder.path) where entry.kind == .file {
      sizes.add(entry.name, bytes: try Directory.status(of: "\(folder.path)/\(entry.name)").size)
    }
    let chunks = "\(folder.path)/\(BlockFolder.chunksName)"
    for name in try folder.segmentNames().segments {
      sizes.add("\(BlockFolder.chunksName)/\(name)", bytes: try Directory.status(of: "\(chunks)/\(name)").size)
    }
    return sizes
  }
}
