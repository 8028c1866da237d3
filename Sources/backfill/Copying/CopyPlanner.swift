import Console
import ObjectStore
import Quantities
import TSDB
import Thanos

/// Decides for each block of a source whether it is copied. Reads both buckets, writes nothing.
///
/// Of the destination are read: the meta.json of blocks that both have, and of those that only the destination has, since
/// its compactor may have made them of blocks that were copied before.
struct CopyPlanner: Sendable {
  let source: any Bucket
  let destination: any Bucket
  let options: CopyOptions
  /// Blocks looked at at a time.
  private static let concurrency = 16

  private var selection: BlockSelection { options.selection }

  /// - Throws: `UnknownSourceBlocks`, `BucketError`.
  func plan() async throws -> CopyPlan {
    let reader = BucketBlocks(source)
    let ulids = try await reader.ulids()
    let unknown = selection.ids.subtracting(ulids)
    guard unknown.isEmpty else { throw UnknownSourceBlocks(ulids: unknown.sorted(), bucket: source.location) }
    // Of blocks that are not among those asked for by name, nothing has to be read.
    let candidates = try await reader.describe(ulids.filter { selection.exclusion(of: $0) == nil })
    let meant = candidates.filter(isMeant)
    let there = try await ulidsOfDestination()
    let others = meant.isEmpty ? [] : try await BucketBlocks(destination).describe(there.subtracting(ulids).sorted())
    let compacted = CompactedBlocks(others.compactMap(\.description))
    var plan = CopyPlan(
      blocks: try await decide(meant, isThere: there.contains, compacted), unselected: ulids.count - meant.count)
    plan.blocks.sort { ($0.start, $0.ulid) < ($1.start, $1.ulid) }
    try await warn(of: others.compactMap(\.description), in: &plan)
    return plan
  }

  /// A bucket that the first write makes is an empty one until then.
  private func ulidsOfDestination() async throws -> Set<ULID> {
    do {
      return Set(try await BucketBlocks(destination).ulids())
    } catch let error as BucketError where error.code == .bucketNotFound && destination.isMadeByFirstWrite {
      return []
    }
  }

  /// Without a meta.json nobody knows a block's time and labels: it is named, in case it was meant.
  private func isMeant(_ block: BucketBlock) -> Bool {
    guard let description = block.description else { return true }
    return selection.exclusion(of: description.meta, labels: description.labels) == nil
      && (options.resolutions.isEmpty || options.resolutions.contains(description.resolution))
      && (options.levels.isEmpty || options.levels.contains(description.meta.compaction.level))
  }

  private func decide(
    _ blocks: [BucketBlock], isThere: @escaping @Sendable (ULID) -> Bool, _ compacted: CompactedBlocks
  ) async throws -> [PlannedCopy] {
    try await withThrowingTaskGroup(of: PlannedCopy.self) { group in
      var planned: [PlannedCopy] = []
      for (number, block) in blocks.enumerated() {
        if number >= Self.concurrency, let next = try await group.next() { planned.append(next) }
        group.addTask { try await decide(block, isThere: isThere(block.ulid), compacted) }
      }
      for try await next in group { planned.append(next) }
      return planned
    }
  }

  private func decide(_ block: BucketBlock, isThere: Bool, _ compacted: CompactedBlocks) async throws -> PlannedCopy {
    let isAskedFor = selection.ids.contains(block.ulid)
    func planned(_ decision: CopyDecision, size: UInt64 = 0) -> PlannedCopy {
      PlannedCopy(ulid: block.ulid, description: block.description, decision: decision, size: size)
    }
    let description: BlockDescription
    switch block.state {
    case .partial: return planned(.partialInSource(isAskedFor: isAskedFor))
    case .unreadable(let error): return planned(.unreadable(error))
    case .whole(let found): description = found
    }
    let contents: BlockContents
    do {
      contents = try await BlockContents(of: block.ulid, in: source)
    } catch let error as BlockContents.Refusal {
      return planned(.damaged(error))
    }
    let there = isThere ? try await compare(contents) : .copy
    if case .alreadyThere = there { return planned(there, size: contents.size) }
    // What the source is about to delete is not wanted there either; its copy may have gone the same way already.
    if contents.isMarkedForDeletion, !isAskedFor { return planned(.markedForDeletion, size: contents.size) }
    // What was merged there carries a mark until it is deleted.
    if let larger = compacted.block(madeFrom: description.meta, in: description.blockSet) {
      return planned(.compactedInto(larger), size: contents.size)
    }
    if case .conflict = there { return planned(there, size: contents.size) }
    do {
      try contents.check(against: description.thanos)
    } catch {
      return planned(.damaged(error), size: contents.size)
    }
    var copy = planned(there, size: contents.size)
    if contents.isMarkedForDeletion {
      copy.warnings.append("marked for deletion in the source, which may delete it any time; the mark is not copied")
    }
    return copy
  }

  /// What the destination has under a block's name is left as it is; the question is what to call it.
  private func compare(_ contents: BlockContents) async throws -> CopyDecision {
    let keys = BlockObjects(contents.ulid)
    let there: BlockContents
    do {
      there = try await BlockContents(of: contents.ulid, in: destination)
    } catch let error as BlockContents.Refusal {
      return .conflict("\(error)")
    }
    if there.isMarkedForDeletion {
      return .conflict(
        "the destination has it marked for deletion: Thanos' compactor is about to delete it; delete"
          + " \(keys.marker(.deletion)) there to keep it, or wait until the block is gone and run again")
    }
    guard there.meta != nil else { return there.isEmpty ? .copy : .goOn }
    guard there.meta?.size == contents.meta?.size,
      try await destination.read(keys.meta, limit: BlockMeta.sizeLimit)
        == source.read(keys.meta, limit: BlockMeta.sizeLimit)
    else {
      return .conflict(
        "the destination has a block of this ULID with another meta.json; nothing is overwritten: delete \(keys.meta)"
          + " there to have the source's")
    }
    guard let difference = contents.difference(from: there) else { return .alreadyThere }
    return .conflict(
      "the destination has it damaged: \(difference); delete \(keys.meta) there and run again to have it whole")
  }

  /// Blocks that only the destination has, with the labels and time of those that go in.
  private func warn(of others: [BlockDescription], in plan: inout CopyPlan) async throws {
    let index = OverlapIndex(others.map { BlockSpan($0) })
    for place in plan.blocks.indices where plan.blocks[place].decision.isCopy {
      guard let description = plan.blocks[place].description else { continue }
      var names: [String] = []
      for span in index.overlaps(with: BlockSpan(description))
      where try await !destination.exists(BlockObjects(span.ulid).marker(.deletion)) {
        names.append(
          "\(span.ulid) (\(Timestamp.text(span.minTime)) to \(Timestamp.text(span.maxTime)))")
      }
      if names.isEmpty { continue }
      plan.blocks[place].warnings.append(
        "overlaps \(names.joined(separator: " and ")) of the destination; Thanos needs vertical compaction for that")
    }
  }
}

/// Blocks that were asked for by name and that the source does not have.
struct UnknownSourceBlocks: ErrorWithExitStatus, CustomStringConvertible {
  let ulids: [ULID]
  let bucket: String
  var exitStatus: ExitStatus { .usage }
  var description: String {
    "--id \(ulids.map(\.description).joined(separator: ", ")): there is no such block in \(bucket)"
  }
}
