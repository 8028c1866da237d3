/// Faults as they are found: all are counted, and of those that are alike the first few are kept, so that a file with a
/// million damaged chunks needs no more memory than one with twenty.
public struct FaultList: Sendable {
  /// Faults of one kind in one file that are kept.
  public static let kept = 20

  private struct Likeness: Hashable {
    let kind: BlockFault.Kind
    let file: String
  }

  private var first: [BlockFault] = []
  private var counts: [Likeness: Int] = [:]
  /// In the order of their first fault.
  private var order: [Likeness] = []

  public init() {}

  public var isEmpty: Bool { first.isEmpty }

  public mutating func append(_ fault: BlockFault) {
    if count(fault.kind, in: fault.file) { keep(fault) }
  }

  /// Counts a fault.
  /// - Returns: whether it is one of the first of its kind, to be made and handed to `keep`.
  mutating func count(_ kind: BlockFault.Kind, in file: String) -> Bool {
    let likeness = Likeness(kind: kind, file: file)
    let count = counts[likeness, default: 0]
    counts[likeness] = count + 1
    if count == 0 { order.append(likeness) }
    return count < Self.kept
  }

  mutating func keep(_ fault: BlockFault) { first.append(fault) }

  /// Those of some kinds only.
  public func filter(_ isWanted: (BlockFault.Kind) -> Bool) -> FaultList {
    var wanted = FaultList()
    wanted.first = first.filter { isWanted($0.kind) }
    wanted.order = order.filter { isWanted($0.kind) }
    wanted.counts = counts.filter { isWanted($0.key.kind) }
    return wanted
  }

  /// Where the series begin in the index that the kept faults are about and whose names they do not have.
  var seriesEntries: Set<UInt64> { Set(first.lazy.filter { $0.series == nil }.compactMap(\.seriesEntry)) }

  /// Gives the kept faults the names of their series.
  mutating func nameSeries(_ name: (UInt64) -> String?) {
    for place in first.indices where first[place].series == nil {
      first[place].series = first[place].seriesEntry.flatMap(name)
    }
  }

  public mutating func append(contentsOf other: FaultList) {
    for fault in other.first where kept(fault.kind, fault.file) < Self.kept { first.append(fault) }
    for likeness in other.order {
      let count = counts[likeness, default: 0]
      if count == 0 { order.append(likeness) }
      counts[likeness] = count + (other.counts[likeness] ?? 0)
    }
  }

  private func kept(_ kind: BlockFault.Kind, _ file: String) -> Int {
    first.count { $0.kind == kind && $0.file == file }
  }

  /// Those that were kept, and one for all the others of each kind and file, with their number.
  public var all: [BlockFault] {
    first
      + order.compactMap { likeness in
        let rest = (counts[likeness] ?? 0) - kept(likeness.kind, likeness.file)
        guard rest > 0 else { return nil }
        return BlockFault(likeness.kind, file: likeness.file, "and \(rest) more like these", occurrences: rest)
      }
  }
}
