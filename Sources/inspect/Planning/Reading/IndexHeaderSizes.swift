public import Inspection
import ObjectStore
import Platform
public import TSDB
import Thanos

/// The size of every block's index-header, from the last 52 bytes of its index.
public struct IndexHeaderSizes: Sendable {
  /// Bytes by block.
  public private(set) var sizes: [ULID: UInt64] = [:]
  /// Blocks whose index could not be read, and why.
  public private(set) var failures: [(ulid: ULID, reason: String)] = []

  /// Requests, or files, at a time.
  private static let concurrency = 32

  public init(sizes: [ULID: UInt64] = [:], failures: [(ulid: ULID, reason: String)] = []) {
    self.sizes = sizes
    self.failures = failures
  }

  /// The exact size where it was read.
  public var sum: UInt64 { sizes.values.reduce(0, PlanInput.sum) }

  /// Reads the end of each index: a request a block. A block that cannot be read does not end it.
  /// - Throws: `CancellationError`; `BucketError` where the bucket as a whole fails.
  public init(of blocks: [StoredBlock], in source: BlockSource) async throws {
    try await withThrowingTaskGroup(of: (ULID, Result<UInt64, any Error>).self) { group in
      for (number, block) in blocks.enumerated() {
        if number >= Self.concurrency, let (ulid, result) = try await group.next() { take(ulid, result) }
        let (ulid, size) = (block.description.ulid, block.sizes.index)
        group.addTask {
          do {
            return (ulid, .success(try await Self.size(ulid, size, in: source)))
          } catch let error as BucketError where error.code != .objectNotFound && error.code != .changed {
            throw error
          } catch is CancellationError {
            throw CancellationError()
          } catch {
            return (ulid, .failure(error))
          }
        }
      }
      for try await (ulid, result) in group { take(ulid, result) }
    }
    failures.sort { $0.ulid < $1.ulid }
  }

  private mutating func take(_ ulid: ULID, _ result: Result<UInt64, any Error>) {
    switch result {
    case .success(let size): sizes[ulid] = size
    case .failure(let error): failures.append((ulid, "\(error)"))
    }
  }

  private static func size(_ ulid: ULID, _ indexSize: UInt64, in source: BlockSource) async throws -> UInt64 {
    let count = UInt64(TableOfContents.byteCount)
    switch source {
    case .folder(let path):
      return try await BlockingPool.shared.run {
        let file = try OpenFile(BlockFolder(ulid: ulid, path: "\(path)/\(ulid)").indexPath)
        let bytes = try file.read((file.size - min(file.size, count))..<file.size)
        return IndexHeader.size(of: try TableOfContents(lastBytes: bytes, ofSize: file.size, file: file.path))
      }
    case .bucket(let bucket):
      let key = BlockObjects(ulid).index
      let tail = EndOfObject()
      let attributes = try await bucket.get(key, range: (indexSize - min(indexSize, count))..<indexSize) {
        await tail.append($0)
      }
      // meta.json may list another size than the object has.
      if attributes.size != indexSize, attributes.size > 0 {
        let (size, start) = (attributes.size, attributes.size - min(attributes.size, count))
        await tail.clear()
        _ = try await bucket.get(key, range: start..<size) { await tail.append($0) }
        return IndexHeader.size(of: try TableOfContents(lastBytes: await tail.bytes, ofSize: size, file: key))
      }
      return IndexHeader.size(of: try TableOfContents(lastBytes: await tail.bytes, ofSize: indexSize, file: key))
    }
  }
}

/// A few bytes as they arrive.
private actor EndOfObject {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
  func clear() { bytes = [] }
}
