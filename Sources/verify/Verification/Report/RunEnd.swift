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

  /// The reason of an early end.
  var interruption: String? { if case .early(let reason) = ending { reason } else { nil } }

  var isGood: Bool { interruption == nil && totals.status == .good }
}
