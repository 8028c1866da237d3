public import TSDB

/// What a round that read both sides has left behind.
public struct RoundReport: Sendable {
  public var states: [ULID: ShipperMetrics.BlockState]
  /// Whether something failed that time may mend: another round is due, although the folder has not changed.
  public var wantsRetry: Bool

  public init(states: [ULID: ShipperMetrics.BlockState] = [:], wantsRetry: Bool = false) {
    self.states = states
    self.wantsRetry = wantsRetry
  }

  /// Whether nothing of the folder is missing in the bucket.
  var isComplete: Bool { !wantsRetry && states.values.allSatisfy { $0 == .inBucket || $0 == .skipped } }
}
