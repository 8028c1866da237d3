import TSDB

/// Takes the chunks of series out of an index, with their groups.
struct OwnerReading: Sendable {
  /// Distances between samples are looked at in the first chunks of each group, then in every 8th, then in every 64th.
  private static let (exact, few): (UInt32, UInt32) = (64, 1024)

  private let alignment: UInt64
  private let times: ClosedRange<Int64>?
  private var matcher: SeriesMatcher?
  private(set) var groups: SeriesGroups
  /// Whether chunks come with classes of groups in place of these, and nothing is counted of their series.
  private let classes: GroupClasses?
  /// By group.
  private(set) var series: [UInt64] = []
  /// Bytes of series entries, padding included, by group.
  private(set) var entryBytes: [UInt64] = []
  private var seen: [UInt32] = []
  private var isFirstPass = true

  /// - Parameters:
  ///   - matcher: leaves out series.
  ///   - times: leaves out chunks without samples in this range, ms since 1970, and the series that have no other.
  init(
    _ index: Index, groups: SeriesGroups, matcher: SeriesMatcher? = nil, times: ClosedRange<Int64>? = nil,
    classes: GroupClasses? = nil
  ) {
    (self.groups, self.matcher, self.times, self.classes) = (groups, matcher, times, classes)
    alignment = index.version == 1 ? 1 : 16
  }

  /// To be called before the index is gone through once more.
  mutating func restart() {
    isFirstPass = false
    for group in seen.indices { seen[group] = 0 }
  }

  /// Whether a series is not left out.
  mutating func takes(_ entry: borrowing SeriesEntry) throws -> Bool {
    if times != nil {
      var isIn = false
      for chunk in entry.chunks where takes(chunk) { isIn = true }
      if !isIn { return false }
    }
    return try matcher?.matches(entry) ?? true
  }

  @inline(__always)
  private func takes(_ chunk: ChunkMeta) -> Bool {
    guard let times else { return true }
    return chunk.minTime <= times.upperBound && chunk.maxTime >= times.lowerBound
  }

  /// Hands over the chunks of a series in the order of the index.
  /// - Throws: `SeriesGroups.TooMany`, `TSDBError` for a label whose symbol cannot be read, what `body` throws.
  mutating func read(_ entry: borrowing SeriesEntry, _ body: (ChunkOwner) throws -> Void) throws {
    guard try takes(entry) else {
      for chunk in entry.chunks { try body(ChunkOwner(leavingOut: chunk)) }
      return
    }
    if let classes {
      let group = classes.number(of: groups.hash(of: entry))
      for chunk in entry.chunks {
        try body(takes(chunk) ? ChunkOwner(chunk, group: group, weight: 0) : ChunkOwner(leavingOut: chunk))
      }
      return
    }
    let group = try groups.number(of: entry)
    let place = Int(group)
    makeRoom(for: place)
    if isFirstPass {
      series[place] &+= 1
      entryBytes[place] &+= (UInt64(entry.byteCount) &+ alignment &- 1) & ~(alignment &- 1)
    }
    var seen = seen[place]
    for chunk in entry.chunks {
      guard takes(chunk) else {
        try body(ChunkOwner(leavingOut: chunk))
        continue
      }
      let weight = Self.weight(seen)
      // Over the end it begins anew, which is as good.
      seen &+= 1
      try body(ChunkOwner(chunk, group: group, weight: weight))
    }
    self.seen[place] = seen
  }

  /// - Parameter seen: chunks of the group before this one.
  @inline(__always)
  private static func weight(_ seen: UInt32) -> UInt8 {
    if seen < exact { return 1 }
    if seen < few { return seen % 8 == 0 ? 8 : 0 }
    return seen % 64 == 0 ? 64 : 0
  }

  /// Numbers come in rising order, but for that of all groups that are not told apart.
  @inline(__always)
  private mutating func makeRoom(for place: Int) {
    guard place >= series.count else { return }
    let missing = place &- series.count &+ 1
    series.append(contentsOf: repeatElement(0, count: missing))
    entryBytes.append(contentsOf: repeatElement(0, count: missing))
    seen.append(contentsOf: repeatElement(0, count: missing))
  }
}

extension ChunkOwner {
  fileprivate init(_ chunk: ChunkMeta, group: UInt32, weight: UInt8) {
    let span = chunk.maxTime >= chunk.minTime ? UInt64(bitPattern: chunk.maxTime &- chunk.minTime) : 0
    self.init(reference: chunk.reference, span: span, group: group, weight: weight)
  }

  fileprivate init(leavingOut chunk: ChunkMeta) {
    self.init(reference: chunk.reference, span: 0, group: SeriesGroups.none, weight: 0)
  }
}
