import ObjectStore
import Platform
import TSDB
import Thanos

/// Checks a block in a bucket without the originals: is every object there, of the right size, with the hash that
/// meta.json holds, and is every CRC-32C inside right?
struct BucketBlockCheck {
  let bucket: any Bucket
  let block: BucketBlock

  /// - Returns: `nil` for a folder without any object: some stores list it for a while after a block's deletion.
  /// - Throws: `BucketError` where the listing fails; what fails for one object becomes a finding.
  func run() async throws -> BlockReport? {
    var report = BlockReport(block.ulid)
    let listing = try await ObjectListing(of: block.objects, in: bucket)
    if listing.isEmpty { return nil }
    guard block.report(into: &report, metaSize: listing.size(of: BlockMeta.fileName)) else { return report }
    let expected = listing.hold(against: block.description?.thanos, &report)

    var index = IndexCheck()
    var chunks = ChunkSet()
    // Without one of the segments nothing can be said of their chunks as a whole.
    var areComplete = !report.findings.contains { $0.id == .missingObject }
    var segments = 0
    for file in expected {
      if file.path == BlockFolder.indexName {
        index = try await checkIndex(file, &report)
      } else if file.isSegment {
        defer { segments += 1 }
        if let held = try await checkSegment(file, segments, &report) { chunks.formUnion(held) } else { areComplete = false }
      }
    }
    let counts = CountsCheck(
      meta: block.description?.meta, index: index, chunksInSegments: areComplete ? chunks : nil)
    report.collect { counts.run(indexName: block.objects.index, metaName: block.objects.meta, &$0) }
    return report
  }

  /// An index is read by jumping about, so it goes to a scratch file first.
  /// - Throws: `FileError` when there is no room for that: this says nothing of the block. `CancellationError`.
  private func checkIndex(_ file: ExpectedObject, _ report: inout BlockReport) async throws -> IndexCheck {
    let scratch = try ScratchFile()
    do {
      let hash = try await read(file) { window in try scratch.append(window) }
      judge(file, hash, &report)
      let (check, faults) = try await BlockingPool.shared.run {
        var check = IndexCheck()
        var faults = FaultList()
        check.run(try scratch.map(named: file.key), &faults)
        return (check, faults)
      }
      report.take(faults)
      return check
    } catch let error as BucketError {
      report.find(.unreadable, file: file.key, "\(error)")
      return IndexCheck()
    }
  }

  private func checkSegment(
    _ file: ExpectedObject, _ number: Int, _ report: inout BlockReport
  ) async throws -> ChunkSet? {
    let state = SegmentState(file: file.key, number: number)
    do {
      let hash = try await read(file) { window in state.scan(window) }
      judge(file, hash, &report)
    } catch let error as BucketError {
      report.find(.unreadable, file: file.key, "\(error)")
      return nil
    }
    let result = state.finish()
    report.take(result.faults)
    report.chunksChecked &+= result.chunks.count
    return result.isComplete ? result.chunks : nil
  }

  /// Streams an object once, through `body` and into its hash.
  private func read(
    _ file: ExpectedObject, _ body: @escaping @Sendable ([UInt8]) throws -> Void
  ) async throws -> String {
    let hash = RunningHash()
    try await bucket.get(file.key, range: nil) { bytes in
      try await BlockingPool.shared.run {
        hash.update(bytes)
        try body(bytes)
      }
    }
    return hash.finalize()
  }

  private func judge(_ file: ExpectedObject, _ hash: String, _ report: inout BlockReport) {
    var evidence: Set<FileReport.Evidence> = [.crc32c]
    if file.listedSize != nil { evidence.insert(.size) }
    if let expected = file.sha256 {
      if expected == hash {
        evidence.insert(.sha256)
      } else {
        report.find(.hashMismatch, file: file.key, "meta.json says SHA-256 \(expected), the object has \(hash)")
      }
    }
    report.files.append(FileReport(path: file.path, size: file.size, evidence: evidence))
  }
}
