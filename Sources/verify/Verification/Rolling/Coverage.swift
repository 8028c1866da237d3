import TSDB

/// How much of a source was checked when, and what still stands against its blocks.
struct Coverage: Sendable {
  /// How many of the blocks were checked at a level or a deeper one.
  struct Depth: Equatable, Sendable {
    let level: VerificationLevel
    var withinWeek = 0
    var withinMonth = 0
    var ever = 0
    /// The last check of the block that was checked longest ago, in milliseconds since 1970; `nil` if none ever was.
    var oldest: Int64?
  }

  struct Standing: Equatable, Sendable {
    let id: String
    var occurrences = 0
    /// Sorted.
    var blocks: [ULID] = []
    /// Whether it stands against the bucket as a whole.
    var isOfWhole = false

    var severity: Finding.Severity { Finding.severity(ofID: id) }
  }

  static let week: Int64 = 7 * 86_400_000
  static let month: Int64 = 30 * 86_400_000

  let source: String
  let blocks: Int
  let depths: [Depth]
  /// The worst first.
  let standing: [Standing]

  /// - Parameters:
  ///   - whole: the last look at the bucket as a whole.
  ///   - now: milliseconds since 1970.
  init(of source: String, _ entries: [ULID: LedgerEntry], whole: LedgerEntry.Check? = nil, now: Int64) {
    self.source = source
    blocks = entries.count
    depths = VerificationLevel.allCases.map { level in
      entries.values.reduce(into: Depth(level: level)) { $0.add($1.lastCheck(atLeast: level, now: now), now: now) }
    }
    var standing: [String: Standing] = [:]
    for (block, entry) in entries.sorted(by: { $0.key < $1.key }) {
      for (id, count) in entry.standing {
        standing[id, default: Standing(id: id)].occurrences += count
        standing[id]?.blocks.append(block)
      }
    }
    for (id, count) in whole?.findings ?? [:] {
      standing[id, default: Standing(id: id)].occurrences += count
      standing[id]?.isOfWhole = true
    }
    self.standing = standing.values.sorted { ($1.severity, $0.id) < ($0.severity, $1.id) }
  }
}

extension Finding {
  /// Of an ID that only a later version knows, the worst is assumed.
  static func severity(ofID id: String) -> Severity { ID(rawValue: id)?.severity ?? .error }
}

extension Coverage.Depth {
  fileprivate mutating func add(_ time: Int64?, now: Int64) {
    guard let time else { return }
    ever += 1
    if time >= now - Coverage.week { withinWeek += 1 }
    if time >= now - Coverage.month { withinMonth += 1 }
    oldest = min(oldest ?? time, time)
  }
}
