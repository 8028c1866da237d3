public import TSDB
public import Thanos

/// How the blocks of one label set and resolution lie in time.
public struct SetTimeline: Sendable {
  public struct Block: Sendable {
    public let span: BlockSpan
    /// 1 for a block cut from the head, more for compacted ones.
    public let level: Int64
    /// Of all files; `nil` where it is not known.
    public let bytes: UInt64?
  }

  /// A time that blocks cover without a gap.
  public struct Stretch: Equatable, Sendable {
    /// Milliseconds since 1970, inclusive.
    public let from: Int64
    /// Milliseconds since 1970, exclusive.
    public fileprivate(set) var until: Int64
    public fileprivate(set) var blocks: Int
    public fileprivate(set) var bytes: UInt64
  }

  /// A time between two blocks that none covers.
  public struct Gap: Equatable, Sendable {
    public let from: Int64
    public let until: Int64
    /// The block that ends last before it, and the first one after it.
    public let after: ULID
    public let before: ULID
  }

  /// A time that several blocks cover.
  public struct Overlap: Equatable, Sendable {
    public let from: Int64
    public fileprivate(set) var until: Int64
    /// All that cover any of it, by the time they begin.
    public fileprivate(set) var ulids: [ULID]
  }

  public let set: BlockSet
  /// By time.
  public let blocks: [Block]
  public private(set) var stretches: [Stretch] = []
  public private(set) var gaps: [Gap] = []
  public private(set) var overlaps: [Overlap] = []

  /// A timeline a label set and resolution, in the order of both. Blocks without times are in none of them, nor are those
  /// marked for deletion: Thanos keeps the blocks that a compaction has replaced for two more days.
  /// - Parameter minimumGap: ms; shorter ones are none. A block begins with its first sample, not where the one before it
  ///   ends.
  public static func timelines(of rows: [BlockRow], minimumGap: Int64) -> [SetTimeline] {
    var sets: [BlockSet: [Block]] = [:]
    for row in rows where !row.markers.contains(.deletion) {
      guard let description = row.description else { continue }
      sets[description.blockSet, default: []].append(
        Block(
          span: BlockSpan(description), level: description.meta.compaction.level, bytes: row.sizes?.total))
    }
    return sets.sorted { BlockSet.inOrder($0.key, $1.key) }
      .map { SetTimeline($0.key, $0.value, minimumGap: minimumGap) }
  }

  private init(_ set: BlockSet, _ blocks: [Block], minimumGap: Int64) {
    self.set = set
    self.blocks = blocks.sorted {
      ($0.span.minTime, $0.span.maxTime, $0.span.ulid) < ($1.span.minTime, $1.span.maxTime, $1.span.ulid)
    }
    var last: BlockSpan?
    // Of the overlap at hand: the one that a thousand others lie in need not be looked for among them.
    var listed: Set<ULID> = []
    for block in self.blocks {
      let span = block.span
      if let end = last, span.minTime <= end.maxTime || Self.length(end.maxTime, span.minTime) < UInt64(max(0, minimumGap)) {
        extend(with: block)
        if span.minTime < end.maxTime, span.minTime < span.maxTime { overlap(span, end, &listed) }
      } else {
        if let end = last {
          gaps.append(Gap(from: end.maxTime, until: span.minTime, after: end.ulid, before: span.ulid))
        }
        stretches.append(Stretch(from: span.minTime, until: span.maxTime, blocks: 1, bytes: block.bytes ?? 0))
      }
      if span.maxTime >= last?.maxTime ?? .min { last = span }
    }
  }

  private mutating func extend(with block: Block) {
    guard var stretch = stretches.popLast() else { return }
    stretch.until = max(stretch.until, block.span.maxTime)
    stretch.blocks += 1
    let (bytes, overflow) = stretch.bytes.addingReportingOverflow(block.bytes ?? 0)
    stretch.bytes = overflow ? .max : bytes
    stretches.append(stretch)
  }

  /// - Parameter longest: of the blocks that began before `span` the one that ends last.
  private mutating func overlap(_ span: BlockSpan, _ longest: BlockSpan, _ listed: inout Set<ULID>) {
    let until = min(span.maxTime, longest.maxTime)
    let place = overlaps.count - 1
    if place >= 0, span.minTime <= overlaps[place].until {
      overlaps[place].until = max(overlaps[place].until, until)
      for ulid in [longest.ulid, span.ulid] where listed.insert(ulid).inserted { overlaps[place].ulids.append(ulid) }
    } else {
      listed = [longest.ulid, span.ulid]
      overlaps.append(Overlap(from: span.minTime, until: until, ulids: [longest.ulid, span.ulid]))
    }
  }

  /// Of a time from one moment to a later one, ms: any two moments have one.
  static func length(_ from: Int64, _ until: Int64) -> UInt64 { UInt64(bitPattern: until &- from) }
}
