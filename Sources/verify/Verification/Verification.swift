public import Logging
public import ObjectStore
import Platform
import TSDB
import Thanos

/// Checks blocks: local ones, those of a bucket, or one as a copy of the other.
public struct Verification: Sendable {
  public enum Subject: Sendable {
    /// Are the blocks of this data folder whole?
    case folder(String)
    /// Are the blocks of this bucket whole?
    case bucket(any Bucket)
    /// Does the bucket hold a true copy of the folder's blocks?
    case copy(folder: String, bucket: any Bucket)
  }

  private let subject: Subject
  private let logger: Logger

  public init(_ subject: Subject, logger: Logger) {
    self.subject = subject
    self.logger = logger
  }

  /// Checks every block and hands over its report as soon as it is done.
  /// - Parameter begin: gets the number of blocks first.
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the folder or the bucket as a whole cannot be
  ///   read, and `CancellationError`. What concerns one block is in its report.
  public func run(begin: (Int) -> Void = { _ in }, checked: (BlockReport) throws -> Void) async throws {
    switch subject {
    case .folder(let path):
      let folders = try await blocks(of: path)
      begin(folders.count)
      for folder in folders {
        try Task.checkCancellation()
        try checked(try await checkLocally(folder))
      }
    case .bucket(let bucket):
      let blocks = try await BucketBlocks(bucket).all()
      begin(blocks.count)
      for block in blocks {
        try Task.checkCancellation()
        logger.debug("checking", metadata: ["block": "\(block.ulid)"])
        if let report = try await BucketBlockCheck(bucket: bucket, block: block, level: .full).run() { try checked(report) }
      }
    case .copy(let path, let bucket):
      let folders = try await blocks(of: path)
      let view = BucketView(try await BucketBlocks(bucket).all())
      begin(folders.count)
      for folder in folders {
        try Task.checkCancellation()
        var report = try await checkLocally(folder)
        try await view.check(of: folder, in: bucket).run(&report)
        try checked(report)
      }
    }
  }

  private func blocks(of path: String) async throws -> [BlockFolder] {
    let directory = try await BlockingPool.shared.run { try DataDirectory(path) }
    for leftover in directory.leftovers {
      logger.info("left out: Prometheus was interrupted while it made or deleted this", metadata: ["folder": "\(leftover)"])
    }
    return directory.blocks
  }

  private func checkLocally(_ folder: BlockFolder) async throws -> BlockReport {
    logger.debug("checking", metadata: ["block": "\(folder.ulid)"])
    return try await LocalBlockCheck(folder: folder, level: .full, computesHashes: false).run()
  }
}

extension Verification.Subject {
  /// Where blocks are looked for.
  var place: String {
    switch self {
    case .folder(let path), .copy(let path, _): path
    case .bucket(let bucket): bucket.location
    }
  }
}

/// The blocks of a bucket as a local block is looked for among them.
private struct BucketView {
  private let blocks: [ULID: BucketBlock]
  private let compacted: CompactedBlocks

  init(_ all: [BucketBlock]) {
    blocks = Dictionary(all.map { ($0.ulid, $0) }, uniquingKeysWith: { first, _ in first })
    compacted = CompactedBlocks(all.compactMap(\.description))
  }

  func check(of folder: BlockFolder, in bucket: any Bucket) -> CopyCheck {
    let larger = blocks[folder.ulid] == nil ? (try? folder.readMeta()).flatMap(compacted.block(madeFrom:)) : nil
    return CopyCheck(bucket: bucket, folder: folder, remote: blocks[folder.ulid], compactedInto: larger)
  }
}
