import ObjectStore
import Platform
import TSDB
import Thanos

/// The blocks of a data folder as rows.
struct FolderRows: Sendable {
  let path: String

  /// - Parameter ids: empty for all.
  func all(_ ids: Set<ULID>) async throws -> [BlockRow] {
    let directory = try await BlockingPool.shared.run { try DataDirectory(path) }
    return await rows(of: ids.isEmpty ? directory.blocks : directory.blocks.filter { ids.contains($0.ulid) })
  }

  /// Blocks that are gone have no row: Prometheus deletes blocks while this looks at them.
  func rows(of blocks: [BlockFolder]) async -> [BlockRow] {
    await BlockingPool.shared.map(blocks) { Self.row($0) }.compactMap(\.self)
  }

  private static func row(_ folder: BlockFolder) -> BlockRow? {
    var reading = BlockReading(folder)
    do throws(FileError) {
      try reading.read()
    } catch {
      reading.state = .unreadable(error)
      reading.lostSomething = true
    }
    if reading.lostSomething, !folder.exists { return nil }
    return reading.contents.row(folder.ulid, reading.state, missing: "no meta.json", uploaded: nil)
  }
}

/// What is found of a block while it may be deleted.
private struct BlockReading {
  let block: BlockFolder
  var state = BucketBlock.State.partial
  var contents = BlockContents()
  /// Whether something could not be read, or was there no more when its turn came.
  var lostSomething = false

  init(_ block: BlockFolder) { self.block = block }

  mutating func read() throws(FileError) {
    let folder = try FolderReader(block.path)
    for entry in try folder.entries() {
      do throws(FileError) {
        switch entry.kind {
        case _ where entry.name == BlockMeta.fileName: try readMeta(in: folder)
        case .file: contents.add(entry.name, Self.attributes(try folder.status(of: entry.name)))
        case .directory where entry.name == BlockFolder.chunksName: try readSegments(in: folder)
        default: break
        }
      } catch {
        // Markers and temporary files come and go while the block stays.
        guard error.code == .notFound else { throw error }
        lostSomething = true
      }
    }
  }

  private mutating func readMeta(in folder: borrowing FolderReader) throws(FileError) {
    do {
      let file = try folder.file(BlockMeta.fileName)
      contents.add(BlockMeta.fileName, ObjectAttributes(size: file.size, modified: file.modified, etag: nil))
      let bytes = try file.readAll(limit: BlockMeta.sizeLimit)
      let meta = try BlockMeta(parsing: bytes, file: file.path, of: block.ulid)
      state = .whole(try BlockDescription(meta, file: file.path))
    } catch let error as FileError where error.code == .notFound {
      throw error
    } catch {
      state = .unreadable(error)
    }
  }

  private mutating func readSegments(in folder: borrowing FolderReader) throws(FileError) {
    let chunks = try FolderReader(BlockFolder.chunksName, in: folder)
    for segment in try chunks.entries() where segment.kind == .file && BlockFolder.isSegment(segment.name) {
      contents.add("\(BlockFolder.chunksName)/\(segment.name)", Self.attributes(try chunks.status(of: segment.name)))
    }
  }

  private static func attributes(_ status: Directory.Status) -> ObjectAttributes {
    ObjectAttributes(size: status.size, modified: status.modified, etag: nil)
  }
}
