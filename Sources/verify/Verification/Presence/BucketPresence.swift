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
    case .unreadable(let error as TSDBError):
      report.find(error, malformed: .metaUnreadable, checksum: .metaUnreadable)
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
  /// Whether the block is looked at for what it is worth as a copy. Then an upload under way is none yet, and what a
  /// deletion mark means is for the caller to say.
  var isCopy = false
  /// How long the compactor waits with what is marked for deletion, ms.
  let deleteDelay: Int64

  /// What is there of a block that has a meta.json.
  struct Held: Sendable {
    let listing: ObjectListing
    let expected: [ExpectedObject]
    /// Whether a segment is not there, or could not be looked for, and has been reported: then chunks cannot be looked
    /// for by its place.
    let lacksSegments: Bool
    let mark: DeletionMark
  }

  enum Outcome: Sendable {
    /// No object at all.
    case nothing
    /// Not a block that could be looked into further.
    case notWhole
    /// What is left of a copy that the compactor is deleting.
    case beingDeleted
    case held(Held)
  }

  func run(_ report: inout BlockReport) async throws -> Outcome {
    let listing: ObjectListing
    do {
      listing = try await ObjectListing(of: block.objects, in: bucket)
    } catch let error as BucketError {
      guard error.code == .accessDenied, let description = block.description else {
        report.unfinished.append(Unfinished(file: block.objects.prefix, reason: error.reason))
        return .notWhole
      }
      listing = try await .asking(for: description, in: bucket, after: error, width: width, &report)
    }
    if listing.isEmpty, block.description == nil, report.unfinished.isEmpty { return .nothing }
    if case .partial = block.state {
      if listing.size(of: BlockMeta.fileName) != nil {
        report.leaveUnfinished(block.objects.meta, "it came after this run had begun; run again")
        return .notWhole
      }
      return try await reportPartial(listing, &report)
    }
    let isWhole = block.report(into: &report, metaSize: listing.size(of: BlockMeta.fileName))
    guard isWhole, let held = block.description else { return .notWhole }
    // It was read before the listing: whoever deletes a block begins with it.
    if listing.size(of: BlockMeta.fileName) == nil, !listing.isPartlyUnknown {
      report.find(.missingObject, file: block.objects.meta, "it was there when the run began")
    }
    MetaCheck(meta: held.meta, section: held.thanos, name: block.objects.meta).run(&report)
    if wantsLabels, held.labels.isEmpty {
      report.find(.noExternalLabels, file: block.objects.meta, UnlabelledBlocks.message)
    }
    let tombstones = BlockFolder.tombstonesName
    LostDeletions.report(
      held.meta, tombstones: block.objects.prefix + tombstones,
      areThere: listing.size(of: tombstones) != nil || listing.isPartlyUnknown, &report)
    let expected = listing.hold(against: held.thanos, &report)
    let listed = held.thanos?.files.map(\.path) ?? []
    let first = block.objects.segment(BlockFolder.segmentName(0))
    if held.meta.stats.chunks > 0, !(listed + expected.map(\.path)).contains(where: ExpectedObject.isSegment),
      !listing.isUnknown("\(BlockFolder.chunksName)/\(BlockFolder.segmentName(0))")
    {
      report.find(
        .missingObject, file: first, "meta.json counts \(held.meta.stats.chunks) chunks, and there is no segment")
    }
    for object in expected {
      report.add(object.listedSize == object.size ? [.size] : [], to: object.path, size: object.size)
    }
    let mark = try await DeletionMark(of: block.objects, listing, in: bucket)
    if !isCopy { mark.report(on: block.objects, delay: deleteDelay, &report) }
    let lacksSegments =
      report.findings.contains { $0.id == .missingObject }
      || listed.contains { ExpectedObject.isSegment($0) && listing.isUnknown($0) }
    return .held(Held(listing: listing, expected: expected, lacksSegments: lacksSegments, mark: mark))
  }

  /// An upload under way looks like one that was broken off: the age of its newest object tells them apart.
  private func reportPartial(_ listing: ObjectListing, _ report: inout BlockReport) async throws -> Outcome {
    if listing.hasOnlyMarkers {
      let names = listing.markers.map(\.fileName).joined(separator: ", ")
      report.find(
        .orphanMarker, file: block.objects.prefix, "\(names) and nothing else in its folder: the block is gone; delete what is left")
      return .notWhole
    }
    if let words = kept.words(for: block.ulid) {
      report.find(.partialUpload, file: block.objects.prefix, "no meta.json: \(words)")
      return .notWhole
    }
    if listing.markers.contains(.deletion) {
      let mark = try await DeletionMark(of: block.objects, listing, in: bucket)
      if mark.isMade, isCopy { return .beingDeleted }
      if mark.isMade {
        // meta.json goes first, the mark last.
        mark.report(on: block.objects, delay: deleteDelay, successor: "its meta.json is gone already", &report)
        return .notWhole
      }
      report.find(
        .partialUpload, file: block.objects.prefix,
        "no meta.json, and a deletion marker: Thanos' compactor is deleting it, or was interrupted and will go on")
      return .notWhole
    }
    reportUpload(listing, &report)
    return .notWhole
  }

  private func reportUpload(_ listing: ObjectListing, _ report: inout BlockReport) {
    let key = block.objects.prefix
    guard let newest = listing.newest else {
      report.find(.partialUpload, file: key, "no meta.json: an upload under way or broken off")
      return
    }
    // As Thanos' compactor reckons it: by the object that was written last.
    let (difference, overflow) = WallClock.milliseconds.subtractingReportingOverflow(newest)
    let age = overflow ? Int64.max : max(0, difference)
    let words = "no meta.json, its newest object is \(PrometheusDuration.words(age)) old"
    if age > Self.partialUploadAge {
      report.find(
        .partialUpload, file: key, "\(words): broken off; Thanos' compactor deletes it, since that is more than 48h")
    } else {
      report.find(
        isCopy ? .partialUpload : .uploadInProgress, file: key,
        "\(words): it is probably still being uploaded (Thanos' compactor deletes it after 48h)")
    }
  }

  /// When Thanos' compactor takes an upload without meta.json for broken off, ms: its `PartialUploadThresholdAge`.
  private static let partialUploadAge: Int64 = 48 * 3_600_000
}
