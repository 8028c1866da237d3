public import Inspection
import ObjectStore
import Platform
public import TSDB
import Thanos

/// The size of every block's index-header, from the last 52 bytes of its index.
public struct IndexHeaderSizes: Sendable {
  /// Bytes by block.
  public private(set) var sizes: [ULID: UInt64] = [:]
  /// Blocks whose index could not be read, and why; sorted.
  public private(set) var failures: [(ulid: ULID, reason: String)] = []

  public init(sizes: [ULID: UInt64] = [:], failures: [(ulid: ULID, reason: String)] = []) {
    self.sizes = sizes
    self.failures = failures
  }

  /// The exact size where it was read.
  public var sum: UInt64 { sizes.values.reduce(0, PlanInput.sum) }

  /// Reads the end of each index: a request a block in a bucket, save where an earlier run has read it. A block that
  /// cannot be read does not end it.
  /// - Parameter cache: of `indexEnd`.
  /// - Throws: `CancellationError`; `BucketError` where the bucket as a whole fails.
  public init(of blocks: [StoredBlock], in source: BlockSource, cache: BlockCache? = nil) async throws {
    switch source {
    case .folder(let path): await readFiles(blocks, in: path)
    case .bucket(let bucket):
      let known = await cache?.entries() ?? [:]
      let ends = try await blocks.concurrentMap(atMost: BlockSource.requests) { block in
        try await IndexEnd(block, in: bucket, known: known[block.description.ulid])
      }
      for end in ends { take(end.ulid, end.size) }
      let read = ends.compactMap { end in end.kept.map { (end.ulid, $0) } }
      await cache?.keep(Dictionary(read) { $1 }, over: known, areAll: true)
    }
    failures.sort { $0.ulid < $1.ulid }
  }

  private mutating func take(_ ulid: ULID, _ size: Result<UInt64, any Error>) {
    switch size {
    case .success(let size): sizes[ulid] = size
    case .failure(let error): failures.append((ulid, "\(error)"))
    }
  }

  private mutating func readFiles(_ blocks: [StoredBlock], in path: String) async {
    let results = await BlockingPool.shared.map(blocks.map(\.description.ulid)) { ulid in
      (ulid, Result { try Self.size(BlockFolder(ulid: ulid, path: "\(path)/\(ulid)")) })
    }
    for (ulid, size) in results { take(ulid, size) }
  }

  private static func size(_ folder: BlockFolder) throws -> UInt64 {
    let file = try OpenFile(folder.indexPath)
    let bytes = try file.read((file.size - min(file.size, UInt64(TableOfContents.byteCount)))..<file.size)
    return IndexHeader.size(of: try TableOfContents(lastBytes: bytes, ofSize: file.size, file: file.path))
  }
}

/// The end of an index in a bucket, as it was read now or by an earlier run.
private struct IndexEnd: Sendable {
  let ulid: ULID
  /// Of the index-header.
  let size: Result<UInt64, any Error>
  /// For the cache.
  let kept: BlockCache.Entry?

  /// - Throws: `CancellationError`; `BucketError` where the bucket as a whole fails.
  init(_ block: StoredBlock, in bucket: any Bucket, known: BlockCache.Entry?) async throws {
    ulid = block.description.ulid
    let key = BlockObjects(ulid).index
    let version = block.index.flatMap(BlockCache.Version.init)
    func size(_ bytes: [UInt8]) -> Result<UInt64, any Error> {
      Result {
        IndexHeader.size(of: try TableOfContents(lastBytes: bytes, ofSize: block.sizes.index, file: key))
      }
    }
    if let known, let version, known.version == version {
      (self.size, kept) = (size(known.bytes), known)
      return
    }
    do {
      let tail = ArrivingBytes()
      let start = block.sizes.index - min(block.sizes.index, UInt64(TableOfContents.byteCount))
      let attributes = try await bucket.get(key, range: start..<block.sizes.index) { await tail.append($0) }
      let bytes = await tail.bytes
      self.size = size(bytes)
      kept = version.flatMap { BlockCache.Entry($0, bytes, asReadFrom: attributes) }
    } catch let error as BucketError where error.code == .objectNotFound || error.code == .changed {
      (self.size, kept) = (.failure(error), nil)
    }
  }
}

private actor ArrivingBytes {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
}
