/// Checking a large source bit by bit, run after run.
public struct RollingOptions: Sendable {
  /// How much one run checks; everything if `nil`.
  public var budget: Budget?
  /// Where it is remembered what was checked when.
  public var ledgerPath: String?

  public init(budget: Budget? = nil, ledgerPath: String? = nil) {
    self.budget = budget
    self.ledgerPath = ledgerPath
  }
}
