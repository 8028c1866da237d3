import TSDB
public import Thanos

/// Decides for each block of a data folder whether it goes into the bucket.
public struct Planner: Sendable {
  private let labels: ExternalLabels
  private let inBucket: [ULID: BucketBlock]
  private let compacted: CompactedBlocks
  private let overlaps: OverlapIndex

  /// - Parameters:
  ///   - labels: the external labels under which blocks go in.
  ///   - bucketBlocks: every block of the bucket.
  public init(labels: ExternalLabels, bucketBlocks: [BucketBlock]) {
    self.labels = labels
    inBucket = Dictionary(bucketBlocks.map { ($0.ulid, $0) }, uniquingKeysWith: { first, _ in first })
    let described = bucketBlocks.compactMap(\.description)
    overlaps = OverlapIndex(described.map(BlockSpan.init))
    compacted = CompactedBlocks(described)
  }

  /// - Parameter contents: what the source of the run holds.
  public func plan(_ contents: SourceContents) -> UploadPlan {
    let blocks = contents.blocks.map(plan)
    let oldestFirst = blocks.sorted { left, right in
      (left.local?.meta.minTime ?? .max, left.ulid) < (right.local?.meta.minTime ?? .max, right.ulid)
    }
    return UploadPlan(blocks: oldestFirst, leftovers: contents.leftovers, damage: contents.damage)
  }

  private func plan(_ block: BlockCandidate) -> PlannedBlock {
    switch block.local {
    case .success(let local):
      PlannedBlock(folder: block.folder, local: local, decision: decide(local), size: block.size)
    case .failure(let error):
      PlannedBlock(folder: block.folder, local: nil, decision: .broken(error), size: block.size)
    }
  }

  private func decide(_ local: BlockDescription) -> Decision {
    if let labelled = local.thanos?.labels, !labelled.isEmpty, labelled != labels {
      return .conflict("its meta.json already carries the external labels \(labelled), which are not \(labels)")
    }
    if let there = inBucket[local.ulid] {
      switch there.state {
      case .whole(let remote): return compare(local, with: remote)
      // Nobody reads a block without meta.json: it is sent again, whole.
      case .partial: break
      case .unreadable(let error):
        return .conflict("the bucket has it with a meta.json that cannot be read (\(error)); delete that object to send it again")
      }
    }
    if local.meta.stats.samples == 0 { return .empty }
    let set = BlockSet(labels: labels, resolution: local.resolution)
    if let larger = compacted.block(madeFrom: local.meta, in: set) { return .compactedInto(larger) }
    let span = BlockSpan(ulid: local.ulid, blockSet: set, minTime: local.meta.minTime, maxTime: local.meta.maxTime)
    return .upload(overlaps: overlaps.overlaps(with: span))
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
        "counts", "\(local.meta.stats.samples) samples in \(local.meta.stats.chunks) chunks",
        "\(remote.meta.stats.samples) samples in \(remote.meta.stats.chunks) chunks")
    }
    return .alreadyThere
  }
}
