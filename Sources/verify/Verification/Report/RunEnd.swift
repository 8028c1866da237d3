import Console

/// What a run is about.
struct RunDescription: Sendable {
  /// Milliseconds since 1970.
  let started: Int64
  /// The folder, the bucket, or both.
  let source: String
  let level: VerificationLevel
}

/// How a run ended, with what it found.
struct RunEnd: Sendable {
  enum Ending: Equatable, Sendable {
    /// Every block that was to be checked was.
    case complete
    /// The budget was used up; what it was and how far it went, in words.
    case budget(String)
    /// An error or a signal ended it, in words.
    case early(String)
  }

  /// Milliseconds since 1970.
  let finished: Int64
  /// How long it took.
  let seconds: Double
  let totals: RunTotals
  let ending: Ending
  /// Whether by the ledger nothing above a note stands against the source, and every block that is meant has been
  /// checked to its end, if not by this run then by one before; `nil` without a ledger.
  var isGoodByLedger: Bool?

  /// The reason of an early end.
  var interruption: String? { if case .early(let reason) = ending { reason } else { nil } }

  /// Whether it is known of every block that is meant that it is good. What a run left out it knows only by a ledger.
  var isGood: Bool {
    guard interruption == nil, totals.status == .good, totals.blocksChecked > 0 else { return false }
    // Nothing is wrong with them, and nothing is known of them.
    if totals.blocks[.unproved] != nil { return false }
    return isGoodByLedger ?? (ending == .complete)
  }
}
