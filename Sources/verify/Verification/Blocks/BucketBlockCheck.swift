import ObjectStore
import TSDB
import Thanos

/// Checks a block in a bucket without the originals: is every object there, of the right size, with the hash that
/// meta.json holds, and is every byte of it as it should be?
struct BucketBlockCheck {
  let bucket: any Bucket
  let block: BucketBlock
  let level: VerificationLevel
  /// Whether the SHA-256 of every object is to stand in the report, also where there is none to hold it against.
  var wantsHashes = false
  /// The block's objects where they are known already.
  var listing: ObjectListing?

  /// - Returns: `nil` for a folder without any object: some stores list it for a while after a block's deletion.
  /// - Throws: `BucketError` where the listing fails, `CancellationError`.
  func run() async throws -> BlockReport? {
    var report = BlockReport(block.ulid)
    let listing =
      if let known = self.listing { known } else { try await ObjectListing(of: block.objects, in: bucket) }
    if listing.isEmpty { return nil }
    guard block.report(into: &report, metaSize: listing.size(of: BlockMeta.fileName)) else { return report }
    let expected = listing.hold(against: block.description?.thanos, &report)
    let check = DataCheck(
      data: BucketBlockData(bucket: bucket), files: files(expected, listing, lackSegments: report.lacksObjects || listing.hasUnknown),
      meta: block.description?.meta, level: level, computesHashes: wantsHashes || expected.contains { $0.sha256 != nil })
    try await check.run(&report)
    for file in expected { judge(file, &report) }
    return report
  }

  private func files(_ expected: [ExpectedObject], _ listing: ObjectListing, lackSegments: Bool) -> DataFiles {
    func file(_ object: ExpectedObject) -> DataFile { DataFile(path: object.path, name: object.key, size: object.size) }
    var files = DataFiles(
      segments: expected.filter(\.isSegment).map(file), lackSegments: lackSegments, metaName: block.objects.meta,
      segmentsName: block.objects.prefix + BlockFolder.chunksName, missing: .missingObject)
    files.index = expected.first { $0.path == BlockFolder.indexName }.map(file)
    if let size = listing.size(of: BlockFolder.tombstonesName) {
      let path = BlockFolder.tombstonesName
      files.tombstones = DataFile(path: path, name: block.objects.prefix + path, size: size)
    }
    return files
  }

  private func judge(_ file: ExpectedObject, _ report: inout BlockReport) {
    if file.listedSize != nil { report.add([.size], to: file.path, size: file.size) }
    let computed = report.files.first { $0.path == file.path }?.sha256
    guard let expected = file.sha256, let computed else { return }
    if expected == computed {
      report.add([.sha256], to: file.path, size: file.size)
    } else {
      report.find(.hashMismatch, file: file.key, "meta.json says SHA-256 \(expected), the object has \(computed)")
    }
  }
}

extension BlockReport {
  fileprivate var lacksObjects: Bool { findings.contains { $0.id == .missingObject } }
}
