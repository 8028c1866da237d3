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
  /// - Parameters:
  ///   - schedule: in which order, and how many; all of them if `nil`.
  ///   - begin: gets the number of blocks first.
  ///   - whole: gets what is found of the bucket as a whole.
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`, `BucketError` where the folder or the bucket as a whole cannot be
  ///   read, and `CancellationError`. What concerns one block is in its report.
  public func run(
    schedule: (any BlockSchedule)? = nil, begin: (Int) -> Void = { _ in },
    whole: (BucketReport) async throws -> Void = { _ in }, checked: (BlockReport) async throws -> Void
  ) async throws {
    switch subject {
    case .folder(let path):
      let folders = try await ordered(try await blocks(of: path), by: schedule) { $0.ulid }
      begin(folders.count)
      for folder in folders {
        try Task.checkCancellation()
        guard schedule?.begins(folder.ulid) ?? true else { return }
        try await checked(try await checkLocally(folder))
      }
    case .bucket(let bucket):
      let blocks = try await ordered(try await BucketBlocks(bucket).all(), by: schedule) { $0.ulid }
      begin(blocks.count)
      for block in blocks {
        try Task.checkCancellation()
        guard schedule?.begins(block.ulid) ?? true else { return }
        logger.debug("checking", metadata: ["block": "\(block.ulid)"])
        if let report = try await BucketBlockCheck(bucket: bucket, block: block).run() { try await checked(report) }
      }
    case .copy(let path, let bucket):
      let folders = try await ordered(try await blocks(of: path), by: schedule) { $0.ulid }
      let view = BucketView(try await BucketBlocks(bucket).all())
      begin(folders.count)
      for folder in folders {
        try Task.checkCancellation()
        guard schedule?.begins(folder.ulid) ?? true else { return }
        var report = try await checkLocally(folder)
        try await view.check(of: folder, in: bucket).run(&report)
        try await checked(report)
      }
    }
  }

  private func ordered<Block>(
    _ blocks: [Block], by schedule: (any BlockSchedule)?, _ ulid: (Block) -> ULID
  ) async throws -> [Block] {
    guard let schedule else { return blocks }
    let ulids = blocks.map(ulid)
    let found = Dictionary(zip(ulids, blocks)) { first, _ in first }
    return try await schedule.order(ulids, of: ulids).compactMap { found[$0] }
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
    return try await BlockingPool.shared.runCancellably { cancellation in
      try LocalBlockCheck(folder: folder, cancellation: cancellation).run()
    }
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

  /// What is verified, so that it can be told from other sources of the same machine.
  var source: String {
    func absolute(_ path: String) -> String { Directory.resolved(path) ?? path }
    return switch self {
    case .folder(let path): absolute(path)
    case .bucket(let bucket): bucket.location
    case .copy(let path, let bucket): "\(bucket.location) as a copy of \(absolute(path))"
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
