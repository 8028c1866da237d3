/// Faults as they are found: all are counted, and of those that are alike the first are kept, so that a file with a
/// million damaged chunks needs no more memory than one with a thousand.
public struct FaultList: Sendable {
  /// Faults of one kind in one file that are kept.
  public static let kept = 1000
  /// Faults that are kept altogether; of each kind in each file some more.
  public static let keptTogether = 10_000
  /// Of each kind in each file, however many others there are.
  public static let keptAnyway = 20

  private struct Likeness: Hashable {
    let kind: BlockFault.Kind
    let file: String
  }

  private struct Tally {
    /// Occurrences of all, and of those that are kept.
    var count = 0
    var named = 0
    /// Faults that are kept.
    var kept = 0
  }

  private var first: [BlockFault] = []
  private var tallies: [Likeness: Tally] = [:]
  /// In the order of their first fault.
  private var order: [Likeness] = []

  public init() {}

  public var isEmpty: Bool { order.isEmpty }

  public mutating func append(_ fault: BlockFault) {
    if count(fault.kind, in: fault.file, occurrences: fault.occurrences) { keep(fault) }
  }

  /// Counts a fault.
  /// - Returns: whether it is one of the first of its kind, to be made and handed to `keep`.
  mutating func count(_ kind: BlockFault.Kind, in file: String, occurrences: Int = 1) -> Bool {
    let likeness = Likeness(kind: kind, file: file)
    if tallies[likeness] == nil { order.append(likeness) }
    tallies[likeness, default: Tally()].count += occurrences
    return hasRoom(for: likeness)
  }

  mutating func keep(_ fault: BlockFault) {
    let likeness = Likeness(kind: fault.kind, file: fault.file)
    tallies[likeness]?.named += fault.occurrences
    tallies[likeness]?.kept += 1
    first.append(fault)
  }

  private func hasRoom(for likeness: Likeness) -> Bool {
    let kept = tallies[likeness]?.kept ?? 0
    return kept < (first.count < Self.keptTogether ? Self.kept : Self.keptAnyway)
  }

  /// Those of some kinds only.
  public func filter(_ isWanted: (BlockFault.Kind) -> Bool) -> FaultList {
    var wanted = FaultList()
    wanted.first = first.filter { isWanted($0.kind) }
    wanted.order = order.filter { isWanted($0.kind) }
    wanted.tallies = tallies.filter { isWanted($0.key.kind) }
    return wanted
  }

  public mutating func append(contentsOf other: FaultList) {
    for likeness in other.order {
      if tallies[likeness] == nil { order.append(likeness) }
      tallies[likeness, default: Tally()].count += other.tallies[likeness]?.count ?? 0
    }
    for fault in other.first where hasRoom(for: Likeness(kind: fault.kind, file: fault.file)) { keep(fault) }
  }

  /// Those that were kept, and one for all the others of each kind and file, with their number.
  public var all: [BlockFault] {
    first
      + order.compactMap { likeness in
        let rest = (tallies[likeness]?.count ?? 0) - (tallies[likeness]?.named ?? 0)
        guard rest > 0 else { return nil }
        return BlockFault(likeness.kind, file: likeness.file, "and \(rest) more like these", occurrences: rest)
      }
  }
}

// Names of series.
extension FaultList {
  /// Where the series begin in the index that the kept faults are about and whose names they do not have.
  var seriesEntries: Set<UInt64> { Set(first.lazy.filter { $0.series == nil }.compactMap(\.seriesEntry)) }

  /// The chunks that the kept faults are about and whose series is not known.
  public var chunks: Set<UInt64> { Set(first.lazy.filter { $0.seriesEntry == nil }.compactMap(\.chunk)) }

  /// Gives the kept faults the names of their series.
  mutating func nameSeries(_ name: (UInt64) -> String?) {
    for place in first.indices where first[place].series == nil {
      first[place].series = first[place].seriesEntry.flatMap(name)
    }
  }

  /// Gives the kept faults that are about a chunk its series.
  /// - Parameter entries: where the series begin in the index, by the references of their chunks.
  public mutating func enter(_ entries: [UInt64: UInt64]) {
    for place in first.indices where first[place].seriesEntry == nil {
      first[place].seriesEntry = first[place].chunk.flatMap { entries[$0] }
    }
  }
}
