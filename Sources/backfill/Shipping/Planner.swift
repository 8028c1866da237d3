public import TSDB
public import Thanos

/// Decides for each block of a source whether it goes into the bucket.
///
/// In two steps, since only the blocks that overlap another are asked for their deletion mark: `draft`, then `settle`.
public struct Planner: Sendable {
  private let labels: ExternalLabels
  private let options: BackfillOptions
  private let inBucket: [ULID: BucketBlock]
  private let compacted: CompactedBlocks
  private let overlaps: OverlapIndex
  /// The block that ends last, of each set.
  private let newest: [BlockSet: BlockSpan]

  /// - Parameters:
  ///   - labels: the external labels under which blocks go in.
  ///   - bucketBlocks: every block of the bucket.
  public init(labels: ExternalLabels, bucketBlocks: [BucketBlock], options: BackfillOptions = BackfillOptions()) {
    self.labels = labels
    self.options = options
    inBucket = Dictionary(bucketBlocks.map { ($0.ulid, $0) }, uniquingKeysWith: { first, _ in first })
    let described = bucketBlocks.compactMap(\.description)
    let spans = described.map(BlockSpan.init)
    overlaps = OverlapIndex(spans)
    compacted = CompactedBlocks(described)
    newest = Dictionary(spans.map { ($0.blockSet, $0) }) { left, right in
      (left.maxTime, left.ulid) < (right.maxTime, right.ulid) ? right : left
    }
  }

  /// Every decision that needs no further look at the bucket, oldest block first.
  public func draft(_ blocks: [LocalBlock], leftovers: [String] = []) -> UploadPlan {
    let planned = blocks.map { PlannedBlock($0, decide($0)) }
    let oldestFirst = planned.sorted { left, right in
      (left.local?.meta.minTime ?? .max, left.ulid) < (right.local?.meta.minTime ?? .max, right.ulid)
    }
    return UploadPlan(blocks: oldestFirst, leftovers: leftovers)
  }

  /// The blocks of the bucket that any upload of a draft overlaps with.
  public func overlapped(by draft: UploadPlan) -> Set<ULID> {
    draft.uploads.reduce(into: []) { all, block in
      if let span = span(of: block) { all.formUnion(overlaps.overlaps(with: span).map(\.ulid)) }
    }
  }

  /// The plan: blocks that stand beside what they were compacted into left out, overlaps judged, warnings added.
  /// - Parameter doomed: blocks of the bucket that are about to be deleted. They concern nobody (thanos#3753).
  public func settle(_ draft: UploadPlan, doomed: Set<ULID>) -> UploadPlan {
    // For each upload, the blocks of the bucket that it overlaps with.
    let there = draft.blocks.map { block in
      guard block.decision.isUpload, let span = span(of: block) else { return [] as [BlockSpan] }
      return overlaps.overlaps(with: span).filter { !doomed.contains($0.ulid) }
    }
    var plan = draft
    leaveOutSuperseded(&plan, there)
    var accepted: [(span: BlockSpan, block: OverlappingBlock)] = []
    for place in plan.blocks.indices where plan.blocks[place].decision.isUpload {
      guard let span = span(of: plan.blocks[place]), let meta = plan.blocks[place].local?.meta else { continue }
      let itself = OverlappingBlock(meta, size: plan.blocks[place].size)
      let others =
        there[place].compactMap { inBucket[$0.ulid]?.description.map(OverlappingBlock.init) }
        + accepted.filter { $0.span.overlaps(span) }.map(\.block)
      if !others.isEmpty, !options.allowsOverlaps {
        plan.blocks[place].decision = .overlap(itself, with: others)
        continue
      }
      accepted.append((span, itself))
      plan.blocks[place].warnings = warnings(of: plan.blocks[place].block, span, overlapping: others)
      if let end = newest[span.blockSet]?.maxTime { plan.bucketEnd = max(plan.bucketEnd ?? end, end) }
    }
    return plan
  }

  private func span(of block: PlannedBlock) -> BlockSpan? {
    guard let local = block.local else { return nil }
    return BlockSpan(
      ulid: local.ulid, blockSet: set(of: local), minTime: local.meta.minTime, maxTime: local.meta.maxTime)
  }

  private func set(of local: BlockDescription) -> BlockSet { BlockSet(labels: labels, resolution: local.resolution) }

  private func warnings(
    of block: LocalBlock, _ span: BlockSpan, overlapping others: [OverlappingBlock]
  ) -> [PlanWarning] {
    var warnings: [PlanWarning] = []
    switch block.deletions {
    case .none: break
    case .some(let series, let minTime, let maxTime):
      warnings.append(.lostTombstones(series: series, minTime: minTime, maxTime: maxTime))
    case .unreadable(let error): warnings.append(.unreadableTombstones(error))
    }
    let resolution = span.blockSet.resolution
    if let meta = block.local?.meta, let words = BlockRanges.limitation(of: meta, resolution: resolution) {
      warnings.append(.range(words))
    }
    if let newest = newest[span.blockSet], span.minTime < newest.minTime {
      warnings.append(.olderThanBucket(newest: newest.ulid, until: newest.maxTime))
    }
    if !others.isEmpty { warnings.append(.overlaps(others)) }
    return warnings
  }
}

extension Planner {
  private func decide(_ block: LocalBlock) -> Decision {
    do {
      let local = try block.description.get()
      return decide(local, isEmpty: block.isEmpty)
    } catch {
      if case .notSelected(let reason)? = options.selection.exclusion(of: block.ulid) { return .notSelected(reason) }
      return .corrupt(error)
    }
  }

  private func decide(_ local: BlockDescription, isEmpty: Bool) -> Decision {
    let carried = local.thanos?.labels ?? .none
    switch options.selection.exclusion(of: local.meta, labels: carried.isEmpty ? labels : carried) {
    case .notSelected(let reason)?: return .notSelected(reason)
    case .outsideTimeRange(let reason)?: return .outsideTimeRange(reason)
    case nil: break
    }
    guard carried.isEmpty || carried == labels else {
      return .conflict("its meta.json already carries the external labels \(carried), which are not \(labels)")
    }
    guard [.raw, .fiveMinutes, .oneHour].contains(local.resolution) else {
      return .conflict("its meta.json says a resolution that Thanos does not know: \(local.resolution.milliseconds) ms")
    }
    switch inBucket[local.ulid]?.state {
    case .whole(let remote)?: return compare(local, with: remote)
    case .unreadable(let error)?:
      return .conflict(
        "the bucket has it with a meta.json that cannot be read (\(error)); delete that object to send it again")
    case .partial?, nil: break
    }
    let meta = local.meta
    if meta.stats.samples == 0, meta.stats.series == 0, isEmpty { return .empty }
    if meta.compaction.level > 1, !options.uploadsCompacted { return .level(meta.compaction.level) }
    if let larger = compacted.block(madeFrom: meta, in: set(of: local)) { return .compactedInto(larger) }
    return inBucket[local.ulid] == nil ? .upload : .partial
  }

  private func compare(_ local: BlockDescription, with remote: BlockDescription) -> Decision {
    func conflict(_ what: String, _ here: String, _ there: String) -> Decision {
      .conflict("the bucket has a block of this ULID with other \(what): \(there) there, \(here) here")
    }
    if remote.labels != labels { return conflict("external labels", "\(labels)", "\(remote.labels)") }
    if remote.resolution != local.resolution {
      return conflict("resolution", "\(local.resolution.milliseconds) ms", "\(remote.resolution.milliseconds) ms")
    }
    if (remote.meta.minTime, remote.meta.maxTime) != (local.meta.minTime, local.meta.maxTime) {
      return conflict(
        "times", "\(local.meta.minTime)–\(local.meta.maxTime) ms", "\(remote.meta.minTime)–\(remote.meta.maxTime) ms")
    }
    if remote.meta.stats != local.meta.stats {
      return conflict(
        "counts", Self.counts(local.meta.stats), Self.counts(remote.meta.stats))
    }
    return .alreadyThere
  }

  private static func counts(_ stats: BlockMeta.Stats) -> String {
    "\(stats.samples) samples (\(stats.histogramSamples) of histograms) in \(stats.chunks) chunks of \(stats.series) series"
  }

  /// Prometheus deletes blocks some time after it has compacted them; the plan may see both, and takes the larger one
  /// unless that has to stay behind for an overlap.
  private func leaveOutSuperseded(_ plan: inout UploadPlan, _ overlaps: [[BlockSpan]]) {
    var candidates: [BlockDescription] = []
    for (block, others) in zip(plan.blocks, overlaps) {
      guard let local = block.local else { continue }
      if case .alreadyThere = block.decision { candidates.append(local) }
      if block.decision.isUpload, others.isEmpty || options.allowsOverlaps { candidates.append(local) }
    }
    let larger = CompactedBlocks(candidates)
    for place in plan.blocks.indices where plan.blocks[place].decision.isUpload {
      guard let local = plan.blocks[place].local, let other = larger.block(madeFrom: local.meta, in: local.blockSet)
      else { continue }
      plan.blocks[place].decision = .superseded(by: other)
    }
  }
}
