import ObjectStore
import Platform
import Quantities
import TSDB
import Thanos

extension BucketBlock {
  /// Reports a block that is not whole.
  /// - Returns: whether there is a meta.json to check the block against.
  func report(into report: inout BlockReport, metaSize: UInt64?) -> Bool {
    switch state {
    case .whole:
      report.add([.read], to: BlockMeta.fileName, size: metaSize ?? UInt64(self.metaSize))
      return true
    case .partial:
      report.find(.partialUpload, file: objects.prefix, "no meta.json: an upload under way or broken off")
      return false
    case .unreadable(let error as BucketError):
      report.take(error, reading: objects.meta)
      return false
    case .unreadable(let error):
      report.find(.metaUnreadable, file: objects.meta, "\(error)")
      return false
    }
  }
}

/// Level `presence` of a block in a bucket: every file is an object of the right size, nothing else lies there, and
/// meta.json agrees with itself.
struct BucketPresence {
  let bucket: any Bucket
  let block: BucketBlock
  /// Whether a block without external labels is a finding here; the look at the bucket as a whole has it otherwise.
  let wantsLabels: Bool
  /// What interrupted repairs took away.
  let kept: KeptMetas
  let width: Int

  /// What is there of a block that has a meta.json.
  struct Held: Sendable {
    let listing: ObjectListing
    let expected: [ExpectedObject]
  }

  enum Outcome: Sendable {
    /// No object at all.
    case nothing
    /// Not a block that could be looked into further.
    case notWhole
    case held(Held)
  }

  func run(_ report: inout BlockReport) async throws -> Outcome {
    let listing: ObjectListing
    do {
      listing = try await ObjectListing(of: block.objects, in: bucket)
    } catch let error as BucketError {
      guard error.code == .accessDenied, let section = block.description?.thanos, !section.files.isEmpty else {
        report.unfinished.append(Unfinished(file: block.objects.prefix, reason: error.reason))
        return .notWhole
      }
      listing = try await .asking(
        for: section, of: block.objects, in: bucket, after: error, width: width, &report)
    }
    if listing.isEmpty, block.description == nil, report.unfinished.isEmpty { return .nothing }
    if case .partial = block.state {
      reportPartial(listing, &report)
      return .notWhole
    }
    let isWhole = block.report(into: &report, metaSize: listing.size(of: BlockMeta.fileName))
    guard isWhole, let held = block.description else { return .notWhole }
    MetaCheck(meta: held.meta, section: held.thanos, name: block.objects.meta).run(&report)
    if wantsLabels, held.labels.isEmpty {
      report.find(.noExternalLabels, file: block.objects.meta, UnlabelledBlocks.message)
    }
    let tombstones = BlockFolder.tombstonesName
    LostDeletions.report(
      held.meta, tombstones: block.objects.prefix + tombstones,
      areThere: listing.size(of: tombstones) != nil || listing.isPartlyUnknown, &report)
    let expected = listing.hold(against: held.thanos, &report)
    if held.meta.stats.chunks > 0, held.thanos?.files.isEmpty ?? true, !expected.contains(where: \.isSegment) {
      report.find(
        .missingObject, file: block.objects.segment(BlockFolder.segmentName(0)),
        "meta.json counts \(held.meta.stats.chunks) chunks, and there is no segment")
    }
    for object in expected {
      report.add(object.listedSize == object.size ? [.size] : [], to: object.path, size: object.size)
    }
    return .held(Held(listing: listing, expected: expected))
  }

  /// An upload under way looks like one that was broken off: the age of its newest object tells them apart.
  private func reportPartial(_ listing: ObjectListing, _ report: inout BlockReport) {
    if listing.hasOnlyMarkers {
      let names = listing.markers.map(\.fileName).joined(separator: ", ")
      report.find(
        .orphanMarker, file: block.objects.prefix, "\(names) and nothing else: the block is gone; delete what is left")
      return
    }
    if let words = kept.words(for: block.ulid) {
      report.find(.partialUpload, file: block.objects.prefix, "no meta.json: \(words)")
      return
    }
    if listing.markers.contains(.deletion) {
      report.find(
        .partialUpload, file: block.objects.prefix,
        "no meta.json, and a deletion marker: Thanos' compactor is deleting it, or was interrupted and will go on")
      return
    }
    let age = listing.newest.map { newest in
      let (age, overflow) = WallClock.milliseconds.subtractingReportingOverflow(newest)
      let minutes = overflow ? 0 : max(0, age) / 60_000
      return ", its newest object is \(PrometheusDuration.text(.seconds(60 * minutes))) old"
        + " (Thanos' compactor deletes it after 48h)"
    }
    report.find(
      .partialUpload, file: block.objects.prefix, "no meta.json: an upload under way or broken off\(age ?? "")")
  }
}
