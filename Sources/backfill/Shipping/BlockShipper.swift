public import Logging
public import ObjectStore
import OrderedJSON
import Platform
import Quantities
public import TSDB
public import Thanos

/// Sends one block: chunks, index, and meta.json last, so that nobody ever reads half a block.
public struct BlockShipper: Sendable {
  private let bucket: any Bucket
  private let labels: ExternalLabels
  private let logger: Logger
  /// Milliseconds since 1970.
  private let now: @Sendable () -> Int64

  /// What `thanos.source` says of blocks that this program brought, as `thanos tools bucket upload-blocks` does.
  static let source = "bucket.upload"

  public init(bucket: any Bucket, labels: ExternalLabels, logger: Logger, now: @escaping @Sendable () -> Int64) {
    self.bucket = bucket
    self.labels = labels
    self.logger = logger
    self.now = now
  }

  /// - Parameter sent: called with the bytes of each object that has arrived.
  /// - Throws: `TSDBError` when the index is damaged (nothing has been sent then), `FileError`, `BucketError`.
  public func ship(_ block: OpenBlock, sent: @escaping @Sendable (UInt64) -> Void) async throws {
    // Everything that can fail on this side is done before the first byte is sent.
    let statistics = try await BlockingPool.shared.run { try checkIndex(of: block) }
    let data = dataFiles(of: block)
    var listed: [ThanosSection.File] = []
    for file in data {
      let hash = try await BlockingPool.shared.run { try SHA256Hex.of(file.file) }
      listed.append(ThanosSection.File(path: file.path, size: file.file.size, sha256: hash))
      try Task.checkCancellation()
    }

    let objects = BlockObjects(block.meta.ulid)
    for file in data {
      let key = objects.prefix + file.path
      try await bucket.put(key, .file(file.file))
      logger.debug("object sent", metadata: ["block": "\(block.meta.ulid)", "key": "\(key)", "bytes": "\(file.file.size)"])
      sent(file.file.size)
    }
    let uploaded = UploadedMeta(
      labels: labels, source: Self.source, segments: block.segments.map(\.name), files: listed,
      indexStatistics: statistics, uploadTime: Timestamp.text(now()))
    let document = JSONValue.object(uploaded.document(of: block.meta)).bytes(indent: "\t") + [0x0A]
    try await bucket.put(objects.meta, .bytes(document))
    sent(UInt64(document.count))
  }

  /// Computes every checksum of the index: a block with a damaged one must not reach the bucket.
  private func checkIndex(of block: OpenBlock) throws -> IndexStatistics {
    let index = try Index(FileBytes(mapping: block.index))
    var first: TSDBError?
    index.checkChecksums { first = first ?? $0 }
    if let first { throw first }
    return try IndexStatistics(of: index)
  }

  /// The files that become objects, in the order they are sent.
  private func dataFiles(of block: OpenBlock) -> [(path: String, file: OpenFile)] {
    block.segments.map { ("\(BlockFolder.chunksName)/\($0.name)", $0.file) } + [(BlockFolder.indexName, block.index)]
  }
}
