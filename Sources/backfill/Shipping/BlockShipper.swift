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
  private let check: BlockCheck.Depth
  private let hash: HashFunction

  /// What `thanos.source` says of blocks that this program brought, as `thanos tools bucket upload-blocks` does.
  static let source = "bucket.upload"

  /// - Parameters:
  ///   - check: how deep a block is looked into before it is sent.
  ///   - hash: what meta.json is to hold of each file's content.
  public init(
    bucket: any Bucket, labels: ExternalLabels, logger: Logger, check: BlockCheck.Depth = .index,
    hash: HashFunction = .sha256, now: @escaping @Sendable () -> Int64
  ) {
    self.bucket = bucket
    self.labels = labels
    self.logger = logger
    self.check = check
    self.hash = hash
    self.now = now
  }

  /// - Parameter sent: called with the bytes of each object that has arrived.
  /// - Throws: `CorruptBlock` when the check finds damage (nothing has been sent then), `FileError`, `BucketError`.
  public func ship(_ block: OpenBlock, sent: @escaping @Sendable (UInt64) -> Void) async throws {
    // Everything that can fail on this side is done before the first byte is sent.
    var hashes = try await BlockExamination(depth: check).run(block, hashes: hash == .sha256)
    let statistics = try await statistics(of: block)
    if hash == .sha256 { hashes.append(try await BlockingPool.shared.run { try SHA256Hex.of(block.index) }) }
    let data = dataFiles(of: block)
    let listed = data.enumerated().map { place, file in
      ThanosSection.File(path: file.path, size: file.file.size, sha256: hashes.isEmpty ? nil : hashes[place])
    }
    try Task.checkCancellation()

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

  /// Figures that meta.json is to hold. An index that cannot be walked is corrupt whatever check was asked for.
  private func statistics(of block: OpenBlock) async throws -> IndexStatistics {
    do {
      return try await BlockingPool.shared.run {
        try IndexStatistics(of: try Index(FileBytes(mapping: block.index)))
      }
    } catch let error as TSDBError {
      throw CorruptBlock(faults: [BlockFault(error, malformed: .indexMalformed, checksum: .indexChecksum)])
    }
  }

  /// The files that become objects, in the order they are sent.
  private func dataFiles(of block: OpenBlock) -> [(path: String, file: OpenFile)] {
    block.segments.map { ("\(BlockFolder.chunksName)/\($0.name)", $0.file) } + [(BlockFolder.indexName, block.index)]
  }
}
