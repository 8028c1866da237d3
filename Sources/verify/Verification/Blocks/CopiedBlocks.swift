import ObjectStore
import TSDB
import Thanos

/// The blocks of a bucket as a local block is looked for among them: itself, or one that was compacted from it.
struct CopiedBlocks: Sendable {
  private let blocks: [ULID: BucketBlock]
  /// Blocks whose meta.json is read only if one of the others turns out to be gone, or about to go.
  private let others: [ULID]
  private let bucket: any Bucket
  private let options: VerificationOptions
  private let survey = OnceEach<String, Sources>()
  private let checks = OnceEach<ULID, BlockReport?>()

  /// - Parameters:
  ///   - blocks: those whose meta.json has been read.
  ///   - others: the names of the rest.
  init(_ blocks: [BucketBlock], others: [ULID], in bucket: any Bucket, _ options: VerificationOptions) {
    self.blocks = Dictionary(blocks.map { ($0.ulid, $0) }, uniquingKeysWith: { first, _ in first })
    self.others = others
    self.bucket = bucket
    self.options = options
  }

  /// The level at which merged blocks are looked at.
  var level: VerificationLevel { options.downloads ? options.level : min(options.level, .checksum) }

  subscript(ulid: ULID) -> BucketBlock? { blocks[ulid] }

  func hasHashes(of ulid: ULID) -> Bool {
    blocks[ulid]?.description?.thanos?.files.contains { $0.sha256 != nil } ?? false
  }

  // MARK: What a block was compacted into

  /// Where the data of a block is besides, or is not.
  enum Successor: Sendable {
    case none
    /// A block that holds everything of it, and is whole as far as the level tells.
    /// - Parameter isUnproved: whether of some of its files nothing but the size is known.
    case whole(ULID, isUnproved: Bool)
    /// The like, which is not whole.
    case damaged(ULID, Finding)
    /// The like, which could not be looked at to the end.
    case unfinished(ULID, [Unfinished])
    /// The like by its sources and its time, with fewer series or samples: it cannot hold everything.
    /// - Parameter lack: what there is less of.
    case smaller(ULID, lack: String)
    /// It is in downsampled blocks only.
    case downsampled(ULID)
    /// The like, which is marked for deletion itself.
    case leaving(ULID)
  }

  /// - Parameters:
  ///   - labels: the external labels that it has in the bucket; `nil` where they are not known.
  ///   - width: objects at a time.
  /// - Throws: `BucketError`, `CancellationError`.
  func successor(of block: BlockMeta, labels: ExternalLabels?, width: Int) async throws -> Successor {
    guard let first = block.compaction.sources.first else { return .none }
    let sources = try await sources()
    let section = try? ThanosSection(of: block, file: "")
    let labels = labels ?? section.flatMap { $0.labels.isEmpty ? nil : $0.labels }
    let selector = options.selection.selector
    let candidates = (sources.blocks[first] ?? []).filter {
      Self.contains($0, block) && (labels.map([$0.labels].contains) ?? selector.matches($0.labels))
    }
    let resolution = section?.resolution ?? .raw
    let alike = candidates.filter { $0.resolution == resolution }
    // The largest first: the others may be on their way out, too.
    var last = Successor.none
    for candidate in alike.sorted(by: { ($1.sourceSet.count, $0.ulid) < ($0.sourceSet.count, $1.ulid) }) {
      var found = try await state(of: candidate.ulid, width: width)
      if case .whole = found {
        guard let lack = Self.lack(of: candidate.meta.stats, beside: block.stats) else { return found }
        found = .smaller(candidate.ulid, lack: lack)
      }
      if found.weight > last.weight { last = found }
    }
    if case .none = last, let coarse = candidates.first { return .downsampled(coarse.ulid) }
    if case .none = last, let unread = sources.unread {
      throw BucketError(
        .unavailable, key: BlockObjects(unread.ulid).meta, in: bucket.location,
        "it may be in block \(unread.ulid), whose meta.json could not be read: \(unread.error.reason)")
    }
    return last
  }

  /// Whether a block was made from every source of another and covers its time.
  private static func contains(_ candidate: BlockDescription, _ block: BlockMeta) -> Bool {
    let (meta, sources) = (candidate.meta, block.compaction.sources)
    return meta.ulid != block.ulid && !sources.isEmpty && meta.minTime <= block.minTime && block.maxTime <= meta.maxTime
      && candidate.sourceSet.isSuperset(of: sources)
  }

  /// What a block that holds everything of another cannot have less of: a shard of a split block has, and one that was
  /// rewritten.
  private static func lack(of merged: BlockMeta.Stats, beside block: BlockMeta.Stats) -> String? {
    if merged.series < block.series { return "\(merged.series) series, where the local block has \(block.series)" }
    if merged.samples < block.samples { return "\(merged.samples) samples, where the local block has \(block.samples)" }
    return nil
  }

  /// The blocks of the bucket by each of their sources.
  private struct Sources: Sendable {
    var blocks: [ULID: [BlockDescription]] = [:]
    /// One that may have any.
    var unread: (ulid: ULID, error: BucketError)?

    mutating func add(_ block: BucketBlock) {
      if case .unreadable(let error as BucketError) = block.state { unread = unread ?? (block.ulid, error) }
      guard let description = block.description else { return }
      // A block of level 1 is its own source, which makes it none that was compacted.
      for source in description.sourceSet where source != block.ulid {
        blocks[source, default: []].append(description)
      }
    }
  }

  private func sources() async throws -> Sources {
    try await survey.value(of: bucket.location) { [blocks, others, bucket] in
      let rest = try await BucketSurvey(bucket).blocks(others)
      let all = (Array(blocks.values) + rest).sorted { $0.ulid < $1.ulid }
      return all.reduce(into: Sources()) { $0.add($1) }
    }
  }

  private func state(of ulid: ULID, width: Int) async throws -> Successor {
    let report = try await checks.value(of: ulid) { [self] in try await check(ulid, width: width) }
    guard let report else { return .none }
    let marks: Set<Finding.ID> = [.markedForDeletion, .deletionOverdue]
    if report.findings.contains(where: { marks.contains($0.id) }) { return .leaving(ulid) }
    // Nothing may be wrong with what is to stand for another, and it has to be there as a whole still.
    let worst = report.findings.first { $0.severity == .error } ?? report.findings.first { $0.severity == .warning }
    if let worst = worst ?? report.findings.first(where: { $0.id == .uploadInProgress }) { return .damaged(ulid, worst) }
    if !report.unfinished.isEmpty { return .unfinished(ulid, report.unfinished) }
    return .whole(ulid, isUnproved: report.files.contains(where: \.isUnproved))
  }

  /// Once for all the blocks that it was compacted from, at the level of the run; where nothing may be read, at the
  /// deepest that does without.
  private func check(_ ulid: ULID, width: Int) async throws -> BlockReport? {
    var options = options
    options.meter = nil
    // Labels are the look at the whole bucket's.
    options.checksBucket = true
    options.level = level
    let block = try await BucketBlocks(bucket).describe(ulid)
    return try await BucketVerification(bucket: bucket, block: block, options: options, width: width).run()
  }
}

extension CopiedBlocks.Successor {
  /// How much there is to say of it.
  fileprivate var weight: Int {
    switch self {
    case .none: 0
    case .leaving: 1
    case .downsampled: 2
    case .smaller: 3
    case .unfinished: 4
    case .damaged: 5
    case .whole: 6
    }
  }
}
