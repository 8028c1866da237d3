/// The findings that a report shows: not more than a number, however many there are.
///
/// The worst come first. Of those that are equally bad each kind gets its share, so that a million damaged chunks do
/// not hide the one object that is missing.
struct KeptFindings: Sendable {
  private let limit: Int
  /// The first few of each kind, each kind at most `limit`: that many may be shown in the end.
  private var kept: [Finding.ID: [Finding]] = [:]
  /// Occurrences of all findings.
  private(set) var count = 0

  init(limit: Int) { self.limit = max(0, limit) }

  mutating func add(_ findings: [Finding]) {
    for finding in findings {
      count += finding.occurrences
      if kept[finding.id, default: []].count < limit { kept[finding.id, default: []].append(finding) }
    }
  }

  /// Those to be shown, the worst first, those of a kind together and by block.
  var shown: [Finding] {
    var room = limit
    var shown: [Finding] = []
    for severity in [Finding.Severity.error, .warning, .note] {
      let kinds = kept.filter { $0.key.severity == severity }
      let shares = Self.shares(of: room, among: kinds.mapValues(\.count))
      for (id, findings) in kinds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        shown += Self.sorted(findings.prefix(shares[id] ?? 0))
        room -= shares[id] ?? 0
      }
    }
    return shown
  }

  /// As much for each as for every other, until it has what it wants.
  private static func shares(of room: Int, among wanted: [Finding.ID: Int]) -> [Finding.ID: Int] {
    var shares: [Finding.ID: Int] = [:]
    var room = room
    var open = wanted.sorted { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }[...]
    while let (id, count) = open.popFirst() {
      // Who wants least comes first; what is left of an equal share goes to those behind.
      let share = min(count, (room + open.count) / (open.count + 1))
      shares[id] = share
      room -= share
    }
    return shares
  }

  /// Blocks come in the order in which their checks end, which is another one each time.
  private static func sorted(_ findings: some Sequence<Finding>) -> [Finding] {
    findings.enumerated().sorted { left, right in
      switch (left.element.block, right.element.block) {
      case (let one?, let other?) where one != other: one < other
      case (nil, .some): true
      case (.some, nil): false
      default: left.offset < right.offset
      }
    }.map(\.element)
  }
}
