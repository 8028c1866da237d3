public import BlockBytes
public import ObjectStore
import Platform
public import TSDB
public import Thanos

/// A block to look into, in a folder or in a bucket.
public struct InspectedBlock: Sendable {
  public let description: BlockDescription
  public let data: any BlockData
  public let index: DataFile
  /// In the order that chunk references count them.
  public let segments: [DataFile]
  /// What was deleted, of a block on disk that has a file for it; buckets get none.
  var tombstones: OpenFile?

  public var ulid: ULID { description.ulid }

  /// Of the block, ms; 0 where meta.json has impossible times.
  var range: UInt64 {
    let (range, overflow) = description.meta.maxTime.subtractingReportingOverflow(description.meta.minTime)
    return overflow ? 0 : UInt64(max(0, range))
  }
}

extension InspectedBlock {
  /// Opens a block on disk. Blocks.
  ///
  /// Its files stay readable when Prometheus compacts it away meanwhile.
  /// - Parameter note: gets the number of bytes of each read, from whatever thread.
  /// - Throws: `FileError`, `TSDBError`.
  public init(_ folder: BlockFolder, note: (@Sendable (Int) -> Void)? = nil) throws {
    let open = try OpenBlock(folder, note: note)
    var data = LocalBlockData(note: note)
    description = try BlockDescription(open.meta, file: folder.metaPath)
    index = data.hold(BlockFolder.indexName, open.index)
    segments = open.segments.map { data.hold("\(BlockFolder.chunksName)/\($0.name)", $0.file) }
    self.data = data
    tombstones = open.tombstones
  }

  /// Opens the block in a folder of any name. Blocks.
  /// - Throws: `FileError`, `TSDBError`.
  public init(at path: String) throws {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let file = "\(path)/\(BlockMeta.fileName)"
    let meta = try BlockMeta(parsing: try OpenFile(file).readAll(limit: BlockMeta.sizeLimit), file: file)
    try self.init(BlockFolder(ulid: meta.ulid, path: path))
  }

  /// Finds the objects of a block in a bucket.
  /// - Throws: `BucketError`; `TSDBError` for a broken meta.json.
  public init(_ ulid: ULID, in bucket: any Bucket) async throws {
    let objects = BlockObjects(ulid)
    let meta = try BlockMeta(
      parsing: try await bucket.read(objects.meta, limit: BlockMeta.sizeLimit), file: objects.meta, of: ulid)
    description = try BlockDescription(meta, file: objects.meta)
    data = BucketBlockData(bucket: bucket)
    tombstones = nil
    // meta.json may list sizes, but not those of the objects that are there.
    let files = try await Self.files(of: objects, in: bucket)
    guard let index = files.first(where: { $0.path == BlockFolder.indexName }) else {
      throw BucketError(.objectNotFound, key: objects.index, in: bucket.location, "there is no such object")
    }
    self.index = index
    segments = files.filter { $0.path.hasPrefix("\(BlockFolder.chunksName)/") }
  }

  /// Index and segments, the latter in order.
  private static func files(of objects: BlockObjects, in bucket: any Bucket) async throws -> [DataFile] {
    var files: [DataFile] = []
    try await bucket.forEachPage(prefix: objects.prefix, style: .recursive) { page in
      for object in page.objects {
        guard let path = objects.path(ofKey: object.key) else { continue }
        let segment = path.hasPrefix("\(BlockFolder.chunksName)/") && BlockFolder.isSegment(path.dropFirst(7))
        guard path == BlockFolder.indexName || segment else { continue }
        files.append(DataFile(path: path, name: object.key, size: object.attributes.size))
      }
    }
    return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}
