public import TSDB

/// A stretch of time that a block covers for a block set.
public struct BlockSpan: Equatable, Sendable {
  public let ulid: ULID
  public let blockSet: BlockSet
  /// Milliseconds since 1970, inclusive.
  public let minTime: Int64
  /// Milliseconds since 1970, exclusive.
  public let maxTime: Int64

  public init(ulid: ULID, blockSet: BlockSet, minTime: Int64, maxTime: Int64) {
    self.ulid = ulid
    self.blockSet = blockSet
    self.minTime = minTime
    self.maxTime = maxTime
  }

  public init(_ block: BlockDescription) {
    self.init(ulid: block.ulid, blockSet: block.blockSet, minTime: block.meta.minTime, maxTime: block.meta.maxTime)
  }

  /// Whether the two share any millisecond of the same block set. A block does not overlap itself.
  public func overlaps(_ other: BlockSpan) -> Bool {
    ulid != other.ulid && blockSet == other.blockSet && minTime < other.maxTime && other.minTime < maxTime
  }
}

/// The blocks of a bucket by block set and time, to ask which of them overlap a given one.
public struct OverlapIndex: Sendable {
  private struct Row {
    let span: BlockSpan
    /// The latest end of this span and all before it, so that a search can stop early.
    let latestEnd: Int64
  }

  private var sets: [BlockSet: [Row]] = [:]

  public init(_ spans: some Sequence<BlockSpan>) {
    for (set, members) in Dictionary(grouping: spans, by: \.blockSet) {
      var latest = Int64.min
      sets[set] = members.sorted { ($0.minTime, $0.ulid) < ($1.minTime, $1.ulid) }.map { span in
        latest = max(latest, span.maxTime)
        return Row(span: span, latestEnd: latest)
      }
    }
  }

  /// The blocks of the same set that share time with `span`, oldest first, without itself.
  public func overlaps(with span: BlockSpan) -> [BlockSpan] {
    guard let rows = sets[span.blockSet] else { return [] }
    // The first row that begins at or after the end of `span`: none from there on can overlap.
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].span.minTime < span.maxTime { low = middle + 1 } else { high = middle }
    }
    var found: [BlockSpan] = []
    for row in rows[..<low].reversed() {
      if row.latestEnd <= span.minTime { break }
      if row.span.overlaps(span) { found.append(row.span) }
    }
    return found.reversed()
  }
}
