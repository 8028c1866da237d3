import ObjectStore
import Platform
import TSDB
import Thanos

/// The blocks of a data folder as rows.
struct FolderRows: Sendable {
  let path: String

  /// Blocks for one piece of work of the pool: large enough that handing it over costs nothing, small enough that all
  /// cores have some.
  private static let batch = 64

  /// - Parameter ids: empty for all.
  func all(_ ids: Set<ULID>) async throws -> [BlockRow] {
    let directory = try await BlockingPool.shared.run { try DataDirectory(path) }
    let blocks = ids.isEmpty ? directory.blocks : directory.blocks.filter { ids.contains($0.ulid) }
    return await withTaskGroup(of: [BlockRow].self) { group in
      for start in stride(from: 0, to: blocks.count, by: Self.batch) {
        let batch = Array(blocks[start..<min(start + Self.batch, blocks.count)])
        group.addTask { await BlockingPool.shared.run { batch.compactMap(Self.row) } }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// - Returns: `nil` for a block that is gone: Prometheus deletes blocks while this looks at them.
  private static func row(_ folder: BlockFolder) -> BlockRow? {
    var state: BucketBlock.State
    do {
      state = .whole(try BlockDescription(try folder.readMeta(), file: folder.metaPath))
    } catch let error as FileError where error.code == .notFound {
      state = .partial
    } catch {
      state = .unreadable(error)
    }
    var contents = BlockContents()
    do throws(FileError) {
      try add(folder, to: &contents)
    } catch {
      guard folder.exists else { return nil }
      if case .whole = state { state = .unreadable(error) }
    }
    return contents.row(folder.ulid, state, missing: "no meta.json", uploaded: nil)
  }

  private static func add(_ folder: BlockFolder, to contents: inout BlockContents) throws(FileError) {
    for entry in try Directory.entries(of: folder.path) {
      let path = "\(folder.path)/\(entry.name)"
      if entry.kind == .file { contents.add(entry.name, attributes(try Directory.status(of: path))) }
      guard entry.kind == .directory, entry.name == BlockFolder.chunksName else { continue }
      for segment in try Directory.entries(of: path) where segment.kind == .file && BlockFolder.isSegment(segment.name) {
        contents.add("\(entry.name)/\(segment.name)", attributes(try Directory.status(of: "\(path)/\(segment.name)")))
      }
    }
  }

  private static func attributes(_ status: Directory.Status) -> ObjectAttributes {
    ObjectAttributes(size: status.size, modified: status.modified, etag: nil)
  }
}
