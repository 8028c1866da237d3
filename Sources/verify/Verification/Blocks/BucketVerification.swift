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
    let outcome = try await presence(of: block).run(&report)
    if case .nothing = outcome { return nil }
    if case .held(let held) = outcome {
      try await look(into: held, &report)
      try await lookAgain(held, &report)
    }
    guard let rest = try await deletedMeanwhile(report) else { return report }
    var left = BlockReport(block.ulid)
    if case .nothing = try await presence(of: rest).run(&left) { return nil }
    // Without a mark nobody deletes it as Thanos does: it was whole, and has been damaged.
    let marks: Set<Finding.ID> = [.markedForDeletion, .deletionOverdue, .orphanMarker]
    if left.findings.contains(where: { marks.contains($0.id) }) { return left }
    if !report.has(.missingObject, of: block.objects.meta) {
      report.find(.missingObject, file: block.objects.meta, "it was there when the run began")
    }
    return report
  }

  private func presence(of block: BucketBlock) -> BucketPresence {
    BucketPresence(
      bucket: bucket, block: block, wantsLabels: options.checksBucket != true, kept: options.kept, width: width,
      deleteDelay: options.deleteDelay)
  }

  private func look(into held: BucketPresence.Held, _ report: inout BlockReport) async throws {
    switch options.level {
    case .presence: break
    case .checksum: try await prove(held.expected, &report)
    case .index:
      // Which reads the index and nothing else: the segments are proved as on the level below.
      try await prove(held.expected.filter { !$0.isIndex }, &report)
      try await checkData(held, &report)
    case .full:
      // Whatever else the block lists is proved as on the levels below.
      try await prove(held.expected.filter { !$0.isData }, &report)
      try await checkData(held, &report)
    }
  }

  private func checkData(_ held: BucketPresence.Held, _ report: inout BlockReport) async throws {
    var data = BlockReport(block.ulid)
    try await BucketBlockCheck(
      bucket: bucket, block: block, level: options.level, wantsHashes: options.wantsHashes
    ).run(on: held, &data)
    // Without a listing nobody knows whether there is another segment: the index may tell that there must be.
    let (unknown, found) = data.findings.reduce(into: ([(Finding, String)](), [Finding]())) { parts, finding in
      let path = data.path(inBlock: finding.file)
      if finding.id == .missingObject, let obstacle = held.listing.obstacle(to: path) {
        parts.0.append((finding, obstacle))
      } else {
        parts.1.append(finding)
      }
    }
    for (finding, obstacle) in unknown { report.leaveUnfinished(finding.file, "\(finding.message); \(obstacle)") }
    data.findings = found
    report.merge(data)
  }

  // MARK: What is gone by now

  /// An object that could not be read may have been deleted since it was listed.
  private func lookAgain(_ held: BucketPresence.Held, _ report: inout BlockReport) async throws {
    for object in held.expected where report.leavesUnfinished(object.key) {
      do {
        _ = try await bucket.attributes(of: object.key)
      } catch let error as BucketError where error.code == .objectNotFound {
        report.unfinished.removeAll { $0.file.utf8.elementsEqual(object.key.utf8) }
        if !report.has(.missingObject, of: object.key) { report.take(error, reading: object.key) }
      } catch is BucketError {
        // Why it could not be read stands there.
      }
    }
  }

  /// The compactor goes on while a run lasts: a block whose objects are gone may be gone as a whole, meta.json first.
  /// - Returns: what is left of such a block.
  private func deletedMeanwhile(_ report: BlockReport) async throws -> BucketBlock? {
    guard block.description != nil, report.findings.contains(where: { $0.id == .missingObject }) else { return nil }
    do {
      if try await bucket.exists(block.objects.meta) { return nil }
      return BucketBlock(ulid: block.ulid, state: .partial, metaSize: 0)
    } catch is BucketError {
      return nil
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
    report.add(sha256: sha256, to: object.path)
  }
}
