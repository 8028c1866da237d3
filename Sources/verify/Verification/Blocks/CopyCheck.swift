import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Thanos

/// Checks that a bucket holds a true copy of a local block, byte for byte.
struct CopyCheck {
  let bucket: any Bucket
  let folder: BlockFolder
  /// The block in the bucket; `nil` if there is none of its ULID.
  let remote: BucketBlock?
  /// A block of the bucket that was compacted from this one.
  let compactedInto: ULID?

  /// Adds to the report of the local files. What fails for one object becomes a finding.
  /// - Throws: `BucketError` where the listing fails.
  func run(_ report: inout BlockReport) async throws {
    guard let remote else { return reportMissing(&report) }
    let listing = try await ObjectListing(of: remote.objects, in: bucket)
    guard remote.report(into: &report, metaSize: listing.size(of: BlockMeta.fileName)) else { return }
    let expected = listing.hold(against: remote.description?.thanos, &report)
    let block: OpenBlock
    do {
      block = try await BlockingPool.shared.run { [folder] in try OpenBlock(folder) }
    } catch {
      // Why it cannot be opened stands in the report of the local files.
      return
    }
    compareMeta(block.meta, remote, &report)
    for segment in block.segments {
      try await compare("\(BlockFolder.chunksName)/\(segment.name)", segment.file, remote, listing, &report)
    }
    try await compare(BlockFolder.indexName, block.index, remote, listing, &report)
    let local = Set(block.segments.map { "\(BlockFolder.chunksName)/\($0.name)" } + [BlockFolder.indexName])
    for object in expected where !local.contains(object.path) {
      report.find(.strayObject, file: object.key, "the bucket's block has it, the local one does not")
    }
  }

  private func reportMissing(_ report: inout BlockReport) {
    let objects = BlockObjects(folder.ulid)
    if let compactedInto {
      report.find(
        .compactedAway, file: objects.prefix,
        "not in the bucket itself; block \(compactedInto) there was compacted from it and cannot be compared with it")
    } else {
      report.find(.missingBlock, file: objects.prefix, "the bucket does not have this block; backfill uploads it")
    }
  }

  private func compareMeta(_ local: BlockMeta, _ remote: BucketBlock, _ report: inout BlockReport) {
    guard let there = remote.description?.meta else { return }
    for difference in MetaComparison(local: local, remote: there).differences() {
      report.find(
        .metaMismatch, file: remote.objects.meta,
        "\"\(difference.key)\" is \(difference.remote?.text() ?? "missing") there and \(difference.local?.text() ?? "missing") here")
    }
  }

  private func compare(
    _ path: String, _ file: OpenFile, _ remote: BucketBlock, _ listing: ObjectListing, _ report: inout BlockReport
  ) async throws {
    let key = remote.objects.prefix + path
    guard let size = listing.size(of: path) else {
      // meta.json may have listed it, and the listing have found it missing, already.
      if !report.findings.contains(where: { $0.id == .missingObject && $0.file == key }) {
        report.find(.missingObject, file: key, "the local block has it, the bucket does not")
      }
      return
    }
    guard size == file.size else {
      return report.find(.sizeMismatch, file: key, "the local file has \(file.size) bytes, the object \(size)")
    }
    do {
      let comparison = ObjectComparison(bucket: bucket, key: key, file: file)
      switch try await comparison.run() {
      case .differs(let offset):
        report.find(.contentMismatch, file: key, offset: offset, "the first byte that differs from the local file")
      case .equal(let sha256):
        report.add([.size, .read], to: path, size: size)
        judge(sha256, path, remote, &report)
      }
    } catch let error as BucketError {
      report.find(.unreadable, file: key, "\(error)")
    } catch let error as FileError {
      report.find(.unreadable, file: file.path, "\(error)")
    }
  }

  /// The hash that meta.json lists must be that of the bytes too: whoever restores goes by it.
  private func judge(_ sha256: String, _ path: String, _ remote: BucketBlock, _ report: inout BlockReport) {
    let listed = remote.description?.thanos?.files.first { $0.path.utf8.elementsEqual(path.utf8) }?.sha256
    guard let listed else { return }
    if listed == sha256 {
      report.add([.sha256], to: path, size: 0)
    } else {
      report.find(
        .hashMismatch, file: remote.objects.meta, "lists SHA-256 \(listed) for \(path), the file and the object have \(sha256)")
    }
  }
}
