import ObjectStore
import Platform
import TSDB
import Thanos

/// A block of a bucket without its original, at any level.
struct BucketVerification {
  let bucket: any Bucket
  let block: BucketBlock
  let options: VerificationOptions
  /// Objects at a time.
  let width: Int

  /// - Returns: `nil` for a folder without any object: some stores list it for a while after a block's deletion.
  /// - Throws: `CancellationError`, `FileError` for the lack of room for scratch files.
  func run() async throws -> BlockReport? {
    var report = BlockReport(block.ulid)
    let presence = BucketPresence(
      bucket: bucket, block: block, wantsLabels: options.checksBucket != true, kept: options.kept, width: width)
    switch try await presence.run(&report) {
    case .nothing: return nil
    case .notWhole: break
    case .held(let held):
      switch options.level {
      case .presence: break
      case .checksum: try await prove(held.expected, &report)
      case .index:
        // Which reads the index and nothing else: the segments are proved as on the level below.
        try await prove(held.expected.filter { $0.path != BlockFolder.indexName }, &report)
        try await checkData(held.listing, &report)
      case .full:
        // Whatever else the block lists is proved as on the levels below.
        try await prove(held.expected.filter { !$0.isData }, &report)
        try await checkData(held.listing, &report)
      }
    }
    return report
  }

  private func checkData(_ listing: ObjectListing, _ report: inout BlockReport) async throws {
    do {
      if let data = try await BucketBlockCheck(
        bucket: bucket, block: block, level: options.level, wantsHashes: options.wantsHashes, listing: listing
      ).run() { report.merge(data) }
    } catch let error as BucketError {
      report.leaveUnfinished(block.objects.prefix, error.reason)
    }
  }

  // MARK: Checksums

  private func prove(_ expected: [ExpectedObject], _ report: inout BlockReport) async throws {
    // An object of another size is another object: that has been said.
    let objects = expected.filter { $0.listedSize == nil || $0.listedSize == $0.size }
    let outcomes = try await OrderedWork.map(objects, width: width) { try await prove($0) }
    var unproved = UnprovedObjects(block: block.objects)
    for (object, outcome) in zip(objects, outcomes) { settle(object, outcome, &unproved, &report) }
    unproved.settle(&report)
  }

  private func prove(_ object: ExpectedObject) async throws -> Result<ListedHashProof.Outcome, BucketError> {
    do {
      return .success(
        try await ListedHashProof(bucket: bucket, object: object, downloads: options.downloads).run())
    } catch let error as BucketError {
      return .failure(error)
    }
  }

  private func settle(
    _ object: ExpectedObject, _ outcome: Result<ListedHashProof.Outcome, BucketError>,
    _ unproved: inout UnprovedObjects, _ report: inout BlockReport
  ) {
    switch outcome {
    case .success(.equal(let evidence, let sha256)):
      report.add([evidence], to: object.path, size: object.size)
      enter(sha256, of: object, &report)
    case .success(.differs(let found, let sha256)):
      report.find(
        .hashMismatch, file: object.key, "meta.json says SHA-256 \(object.sha256 ?? ""), \(found)")
      enter(sha256, of: object, &report)
    case .success(.unknown(let reason)): unproved.add(object.path, reason, &report)
    case .failure(let error): report.take(error, reading: object.key)
    }
  }

  private func enter(_ sha256: String?, of object: ExpectedObject, _ report: inout BlockReport) {
    guard let sha256 else { return }
    report.bytesRead &+= object.size
    report.enter(sha256: sha256, of: object.path)
  }
}
