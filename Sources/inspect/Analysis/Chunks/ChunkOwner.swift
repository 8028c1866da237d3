import TSDB

/// A chunk as the index has it: where it lies, and what the one series that it belongs to is counted with.
struct ChunkOwner: Equatable, Sendable {
  /// Place of the segment << 32 | offset of the chunk in it.
  let reference: UInt64
  /// From the first to the last sample, ms.
  let span: UInt64
  /// Number of the group, or `SeriesGroups.none`.
  let group: UInt32
  /// Whether the distances between its samples are looked at: of the first chunks of a group and then of every 64th.
  let isProbe: Bool
}

/// Takes the chunks of series out of an index, with their groups.
struct OwnerReading: Sendable {
  /// Chunks of each group whose distances are looked at, and of how many more one.
  private static let probes: UInt32 = 16
  private static let probeDistance: UInt32 = 64

  private let alignment: UInt64
  private var matcher: SeriesMatcher?
  private(set) var groups: SeriesGroups
  /// By group.
  private(set) var series: [UInt32] = []
  /// Bytes of series entries, padding included, by group.
  private(set) var entryBytes: [UInt64] = []
  private var seen: [UInt32] = []
  private var isFirstPass = true

  init(_ index: Index, groups: SeriesGroups, matcher: SeriesMatcher?) {
    (self.groups, self.matcher) = (groups, matcher)
    alignment = index.version == 1 ? 1 : 16
  }

  /// To be called before the index is gone through once more.
  mutating func restart() {
    isFirstPass = false
    for group in seen.indices { seen[group] = 0 }
  }

  /// Hands over the chunks of a series in the order of the index.
  mutating func read(_ entry: borrowing SeriesEntry, _ body: (ChunkOwner) throws -> Void) throws {
    guard try matcher?.matches(entry) ?? true else {
      for chunk in entry.chunks {
        try body(ChunkOwner(reference: chunk.reference, span: 0, group: SeriesGroups.none, isProbe: false))
      }
      return
    }
    let group = groups.number(of: entry)
    let place = Int(group)
    if place == series.count {
      series.append(0)
      entryBytes.append(0)
      seen.append(0)
    }
    if isFirstPass {
      series[place] &+= 1
      entryBytes[place] &+= (UInt64(entry.byteCount) &+ alignment &- 1) & ~(alignment &- 1)
    }
    var seen = seen[place]
    for chunk in entry.chunks {
      let isProbe = seen < Self.probes || seen % Self.probeDistance == 0
      // Over the end it begins anew, which is as good.
      seen &+= 1
      let span = chunk.maxTime >= chunk.minTime ? UInt64(bitPattern: chunk.maxTime &- chunk.minTime) : 0
      try body(ChunkOwner(reference: chunk.reference, span: span, group: group, isProbe: isProbe))
    }
    self.seen[place] = seen
  }
}
