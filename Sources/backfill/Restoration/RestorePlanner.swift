public import Console
public import ObjectStore
public import TSDB
public import Thanos

/// Decides for each block of a bucket whether it comes into a data folder. Reads both sides, writes nothing.
public struct RestorePlanner: Sendable {
  private let bucket: any Bucket
  private let selection: BlockSelection
  /// Listings at a time.
  private static let concurrency = 16

  public init(bucket: any Bucket, selection: BlockSelection) {
    self.bucket = bucket
    self.selection = selection
  }

  /// Blocks that were asked for by name and that the bucket does not have.
  public struct UnknownBlocks: ErrorWithExitStatus, CustomStringConvertible {
    public let ulids: [ULID]
    public let bucket: String
    public var exitStatus: ExitStatus { .usage }
    public var description: String {
      "--id \(ulids.map(\.description).joined(separator: ", ")): there is no such block in \(bucket)"
    }
  }

  /// - Throws: `UnknownBlocks`, `BucketError`.
  public func plan(into destination: Destination) async throws -> RestorePlan {
    let reader = BucketBlocks(bucket)
    let ulids = try await reader.ulids()
    let unknown = selection.ids.subtracting(ulids)
    guard unknown.isEmpty else { throw UnknownBlocks(ulids: unknown.sorted(), bucket: bucket.location) }
    // Of blocks that are not among those asked for by name, nothing has to be read.
    let candidates = try await reader.describe(ulids.filter { selection.exclusion(of: $0) == nil })
    let meant = candidates.filter(isMeant)
    var plan = RestorePlan(blocks: try await decide(meant, destination), unselected: ulids.count - meant.count)
    plan.blocks.sort { ($0.start, $0.ulid) < ($1.start, $1.ulid) }
    leaveOutSuperseded(&plan)
    plan.warnings = RestoreWarnings(plan, destination).lines
    return plan
  }

  /// Without a meta.json nobody knows a block's time and labels: it is named, in case it was meant.
  private func isMeant(_ block: BucketBlock) -> Bool {
    guard let description = block.description else { return true }
    return selection.exclusion(of: description.meta, labels: description.labels) == nil
  }

  private func decide(_ blocks: [BucketBlock], _ destination: Destination) async throws -> [PlannedRestore] {
    let inFolder = Dictionary(
      destination.blocks.map { ($0.folder.ulid, $0) }, uniquingKeysWith: { first, _ in first })
    let compacted = CompactedBlocks(destination.blocks.compactMap(\.local))
    return try await withThrowingTaskGroup(of: PlannedRestore.self) { group in
      var planned: [PlannedRestore] = []
      for (number, block) in blocks.enumerated() {
        if number >= Self.concurrency, let next = try await group.next() { planned.append(next) }
        group.addTask { try await decide(block, inFolder[block.ulid], compacted) }
      }
      for try await next in group { planned.append(next) }
      return planned
    }
  }

  private func decide(
    _ block: BucketBlock, _ local: Destination.LocalBlock?, _ compacted: CompactedBlocks
  ) async throws -> PlannedRestore {
    let isAskedFor = selection.ids.contains(block.ulid)
    func planned(_ decision: RestoreDecision, _ contents: BlockContents? = nil) -> PlannedRestore {
      PlannedRestore(
        ulid: block.ulid, description: block.description, decision: decision, contents: contents,
        metaSize: UInt64(block.metaSize))
    }
    let description: BlockDescription
    switch block.state {
    case .partial: return planned(.partial(isAskedFor: isAskedFor))
    case .unreadable(let error): return planned(.unreadable(error))
    case .whole(let found): description = found
    }
    guard description.resolution == .raw else {
      return planned(.downsampled(milliseconds: description.resolution.milliseconds, isAskedFor: isAskedFor))
    }
    let contents: BlockContents
    do {
      contents = try await BlockContents(of: description, in: bucket)
    } catch let error as BlockContents.Refusal {
      guard let local, local.isWhole(description) else { return planned(.refused(error)) }
      var there = planned(.alreadyThere)
      there.damage = error
      return there
    }
    if let local { return planned(Self.compare(local, description, contents), contents) }
    if contents.isMarkedForDeletion, !isAskedFor { return planned(.markedForDeletion, contents) }
    if !isAskedFor, let larger = compacted.block(madeFrom: description.meta) {
      return planned(.superseded(by: larger), contents)
    }
    return planned(.restore, contents)
  }

  /// A block of the folder with the name of one in the bucket is left as it is; the question is what to call it.
  private static func compare(
    _ local: Destination.LocalBlock, _ remote: BlockDescription, _ contents: BlockContents
  ) -> RestoreDecision {
    func conflict(_ what: String) -> RestoreDecision {
      .conflict(
        "the folder has a block of this ULID \(what); nothing is overwritten: move \(local.folder.path) away to have the"
          + " bucket's")
    }
    if let difference = local.difference(from: remote) { return conflict(difference) }
    for file in contents.files where file.path != BlockFolder.tombstonesName {
      guard let size = local.sizes[file.path] else { return conflict("without \(file.path)") }
      if size != file.size { return conflict("with \(size) bytes in \(file.path), not \(file.size)") }
    }
    return .alreadyThere
  }

  /// The bucket holds a block and what it was compacted into until the compactor has marked the first for deletion.
  private func leaveOutSuperseded(_ plan: inout RestorePlan) {
    let coming = plan.blocks.filter { block in
      switch block.decision {
      case .restore, .alreadyThere: true
      default: false
      }
    }
    let larger = CompactedBlocks(coming.compactMap(\.description))
    for place in plan.blocks.indices where plan.blocks[place].decision.isRestore {
      let block = plan.blocks[place]
      guard !selection.ids.contains(block.ulid), let description = block.description,
        let other = larger.block(madeFrom: description.meta, in: description.blockSet)
      else { continue }
      plan.blocks[place].decision = .superseded(by: other)
    }
  }
}

extension Destination.LocalBlock {
  /// What its meta.json says otherwise than the bucket's, in words; `nil` for the same.
  fileprivate func difference(from remote: BlockDescription) -> String? {
    let mine: BlockMeta
    switch description {
    case .success(let description): mine = description.meta
    case .failure(let error): return "that cannot be read (\(error))"
    }
    let theirs = remote.meta
    guard (mine.minTime, mine.maxTime) == (theirs.minTime, theirs.maxTime) else { return "with other times" }
    let (ours, other) = (mine.stats, theirs.stats)
    // Tombstones are not compared: what was deleted here since is no other data.
    guard (ours.samples, ours.series, ours.chunks) == (other.samples, other.series, other.chunks) else {
      return "with other counts"
    }
    return nil
  }

  /// Whether it is the block that the bucket's meta.json describes, with every file that is listed there.
  fileprivate func isWhole(_ remote: BlockDescription) -> Bool {
    guard difference(from: remote) == nil, sizes[BlockFolder.indexName] != nil else { return false }
    return (remote.thanos?.files ?? []).allSatisfy { file in
      guard file.path != BlockMeta.fileName else { return true }
      guard let size = sizes[file.path] else { return false }
      return file.size == nil || file.size == size
    }
  }
}

extension PlannedRestore {
  /// Of its data, ms since 1970; those of which it is not known come last.
  fileprivate var start: Int64 { description?.meta.minTime ?? .max }
}
