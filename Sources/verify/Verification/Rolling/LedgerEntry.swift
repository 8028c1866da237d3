/// What is remembered of a block: its last check of each level, as far as no later and deeper one has taken its place.
struct LedgerEntry: Equatable, Sendable {
  struct Check: Equatable, Sendable {
    /// Milliseconds since 1970.
    let time: Int64
    /// How often each kind was found, by its ID. A later version of this program may know more of them.
    let findings: [String: Int]

    /// The severity of the worst; a note if there is nothing.
    var worst: Finding.Severity { findings.keys.map(Finding.severity(ofID:)).max() ?? .note }
  }

  private(set) var checks: [VerificationLevel: Check] = [:]
  /// When a check of a level was begun last that could not look at everything. Milliseconds since 1970.
  private(set) var tries: [VerificationLevel: Int64] = [:]

  /// What was found at a level holds until a check of that level, or a deeper one, says otherwise.
  mutating func add(_ check: Check, at level: VerificationLevel) {
    checks = checks.filter { $0.key > level }
    tries = tries.filter { $0.key > level }
    checks[level] = check
  }

  mutating func addTry(_ time: Int64, at level: VerificationLevel) {
    tries = tries.filter { $0.key > level }
    tries[level] = time
  }

  /// When the block was checked last at a level or a deeper one, in milliseconds since 1970; `nil` for never. What
  /// lies ahead of `now` was written by a clock that was wrong, and tells nothing.
  func lastCheck(atLeast level: VerificationLevel, now: Int64) -> Int64? {
    checks.filter { $0.key >= level && $0.value.time <= now }.map(\.value.time).max()
  }

  /// What decides whose turn it is: the last check, or the last try. A block that cannot be read counts as unchecked,
  /// but it must not come first for ever and leave nothing of the budget to the others.
  func lastTurn(atLeast level: VerificationLevel, now: Int64) -> Int64? {
    let tried = tries.filter { $0.key >= level && $0.value <= now }.map(\.value).max()
    return [lastCheck(atLeast: level, now: now), tried].compactMap(\.self).max()
  }

  /// What was found and has not been checked away since. What several levels found is one fault: each contains those
  /// below it.
  var standing: [String: Int] {
    checks.values.reduce(into: [:]) { all, check in all.merge(check.findings, uniquingKeysWith: max) }
  }

  /// The severity of what stands; a note if nothing does.
  var worst: Finding.Severity { standing.keys.map(Finding.severity(ofID:)).max() ?? .note }
}
