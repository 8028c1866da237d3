import Inspection
import TSDB
import Thanos

/// Which compactions are due for the blocks of one label set and resolution, by the rules of Thanos'
/// `pkg/compact/planner.go`, played through until nothing is left to do.
struct CompactionSchedule {
  /// A block, or the result of an earlier job.
  private struct Piece {
    let minTime: Int64
    let maxTime: Int64
    let bytes: Double
    let index: Double
    let failed: Bool
    /// Marked, or left out because of its index.
    var excluded: Bool
    let id: Int

    var length: Int64 { maxTime - minTime }
  }

  private(set) var jobs: [DueCompaction] = []
  /// Blocks that Thanos would leave out from now on because the indexes together come near 64 GiB.
  private(set) var tooLarge: [BlockDescription] = []

  /// Blocks that no job takes and nothing leaves out, and whether others lie in the same window of 14 days: these are
  /// compacted as soon as newer ones are there.
  private(set) var untouched: [(block: StoredBlock, hasCompany: Bool)] = []

  private let set: BlockSet
  private var pieces: [Piece]
  private var nextID: Int

  /// - Parameter blocks: lasting ones of one block set.
  init(_ blocks: [StoredBlock], of set: BlockSet) {
    self.set = set
    let sorted = blocks.sorted { ($0.minTime, $0.maxTime) < ($1.minTime, $1.maxTime) }
    pieces = sorted.enumerated().map { number, block in
      Piece(
        minTime: block.minTime, maxTime: block.maxTime, bytes: Double(block.sizes.total),
        index: Double(block.sizes.index), failed: block.description.meta.compaction.failed,
        excluded: block.markers[.noCompact] != nil, id: number)
    }
    nextID = pieces.count
    run(sorted)
    let free = pieces.filter { !$0.excluded && !$0.failed }
    let windows = Dictionary(grouping: free) { BlockRanges.longestWindow(of: $0.minTime) }
    untouched = free.filter { $0.id < sorted.count }.map { piece in
      (sorted[piece.id], windows[BlockRanges.longestWindow(of: piece.minTime)]?.count ?? 0 > 1)
    }
  }

  /// Each job joins two pieces or more, or leaves one out: it ends.
  private mutating func run(_ blocks: [StoredBlock]) {
    while true {
      let overlapping = overlapping()
      let plans = overlapping.isEmpty ? due() : [overlapping]
      guard !plans.isEmpty else { return }
      for plan in plans { take(plan, overlapping.isEmpty ? .compaction : .vertical, blocks) }
    }
  }

  private mutating func take(_ plan: [Piece], _ kind: DueCompaction.Kind, _ blocks: [StoredBlock]) {
    let index = plan.reduce(0) { $0 + $1.index }
    guard index >= CompactionLimits.indexLimit * CompactionLimits.indexShare,
      let largest = plan.max(by: { $0.index < $1.index }), let place = pieces.firstIndex(where: { $0.id == largest.id })
    else { return join(plan, kind) }
    pieces[place].excluded = true
    if largest.id < blocks.count { tooLarge.append(blocks[largest.id].description) }
  }

  private mutating func join(_ parts: [Piece], _ kind: DueCompaction.Kind) {
    let bytes = parts.reduce(0) { $0 + $1.bytes }
    let (start, end) = (parts.map(\.minTime).min() ?? 0, parts.map(\.maxTime).max() ?? 0)
    jobs.append(
      DueCompaction(
        kind: kind, labels: set.labels, resolution: set.resolution, minTime: start, maxTime: end, blocks: parts.count,
        // The indexes have much in common and the chunks stay: at most as much as went in.
        input: bytes, output: bytes))
    let gone = Set(parts.map(\.id))
    pieces.removeAll { gone.contains($0.id) }
    let joined = Piece(
      minTime: start, maxTime: end, bytes: bytes, index: parts.map(\.index).max() ?? 0, failed: false, excluded: false,
      id: nextID)
    nextID += 1
    let place = pieces.firstIndex { ($0.minTime, $0.maxTime) > (start, end) } ?? pieces.count
    pieces.insert(joined, at: place)
  }

  /// What is due in the shortest windows in which anything is. Thanos takes one at a time, which comes to the same.
  private func due() -> [[Piece]] {
    // The newest one is left alone, as it may have company soon.
    let older = Array(pieces.dropLast())
    guard let newest = older.last?.minTime else { return [] }
    for range in BlockRanges.windows {
      var plans: [[Piece]] = []
      for group in Self.groups(older, range) where group.count > 1 && !group.contains(where: \.failed) {
        let end = group[group.count - 1].maxTime
        if end - group[0].minTime != range, end > newest { continue }
        // What is left out parts the group, so that no gap comes up.
        plans += group.split(whereSeparator: \.excluded).filter { $0.count > 1 }.map(Array.init)
      }
      if !plans.isEmpty { return plans }
    }
    return []
  }

  /// The first pieces that share time.
  private func overlapping() -> [Piece] {
    let candidates = pieces.filter { !$0.excluded }
    guard var end = candidates.first?.maxTime else { return [] }
    var found: [Piece] = []
    for (previous, piece) in zip(candidates, candidates.dropFirst()) {
      if piece.minTime < end {
        if found.isEmpty { found.append(previous) }
        found.append(piece)
      } else if !found.isEmpty {
        break
      }
      end = max(end, piece.maxTime)
    }
    return found
  }

  /// The pieces by windows of `range` that begin at its multiples; those that lie in none as a whole are left out.
  private static func groups(_ pieces: [Piece], _ range: Int64) -> [[Piece]] {
    var groups: [[Piece]] = []
    var windowEnd: Int64?
    for piece in pieces {
      if let end = windowEnd, piece.maxTime <= end {
        groups[groups.count - 1].append(piece)
        continue
      }
      let inWindow = piece.minTime % range
      let end = piece.minTime - (inWindow < 0 ? inWindow + range : inWindow) + range
      guard piece.maxTime <= end else {
        windowEnd = nil
        continue
      }
      groups.append([piece])
      windowEnd = end
    }
    return groups
  }
}
