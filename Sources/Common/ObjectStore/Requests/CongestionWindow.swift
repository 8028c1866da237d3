/// How many requests a store may be asked at a time, by what it says to them: additive increase, multiplicative
/// decrease, as TCP does it. Pure arithmetic: time and chance come from outside.
struct CongestionWindow: Sendable {
  /// Requests at a time when the store is well.
  let maximum: Int
  /// 1…maximum; the fraction is what successes have gathered towards one more.
  private(set) var allowed: Double
  /// Which cut the window has had last. A request belongs to the round in which it began: one that was under way at a
  /// cut says nothing about the size after it.
  private(set) var round: UInt64 = 0
  /// Cuts in a row without a success.
  private var cuts = 0

  /// The first pause's upper bound; it doubles with every cut.
  static let base = Duration.milliseconds(500)
  /// The longest pause of our own making.
  static let cap = Duration.seconds(20)
  /// The longest that a store may ask for, so that nobody can stop a run for good: the time that one request's retries
  /// have (`RetryPolicy.budget`).
  static let longest = Duration.seconds(300)

  init(maximum: Int) {
    self.maximum = max(1, maximum)
    allowed = Double(self.maximum)
  }

  var requests: Int { Int(allowed) }
  var isReduced: Bool { requests < maximum || cuts > 0 }

  /// The store asked to slow down.
  /// - Parameters:
  ///   - started: the round in which the request began.
  ///   - asked: the store's `Retry-After`.
  ///   - random: 0..<1.
  /// - Returns: how long nothing new may start; `nil` if this was dealt with already.
  mutating func throttled(in started: UInt64, asked: Duration?, random: Double) -> Duration? {
    // Even a late answer's own wish is honoured.
    guard started == round else { return asked.map { min($0, Self.longest) } }
    round += 1
    cuts += 1
    allowed = max(1, (allowed / 2).rounded(.down))
    // Half of it is certain: a store that asks to slow down gets some rest, whatever chance says.
    let bound = min(Self.cap, Self.base * (1 << min(cuts - 1, 10)))
    return max(bound * (0.5 + random / 2), min(asked ?? .zero, Self.longest))
  }

  /// The store did what it was asked.
  mutating func succeeded(in started: UInt64) {
    guard started == round else { return }
    cuts = 0
    allowed = min(Double(maximum), allowed + 1 / allowed)
  }
}
