import Console
import Platform
import Quantities
import Synchronization
import TSDB

/// Which blocks a run takes, by `--ledger`, and how many, by `--budget`.
final class RollingSchedule: BlockSchedule {
  private struct State: Sendable {
    var chosen: [ULID] = []
    /// When the first block began, by `clock`: what comes before may take longer than the whole budget.
    var begun: Duration?
    var checked = 0
    /// Bytes of those that were checked.
    var size: UInt64 = 0
    /// Bytes of those under way, by their names.
    var underWay: [ULID: UInt64] = [:]
    var isUsedUp = false
    var order: [ULID] = []
    /// Whose turn came.
    var taken: Set<ULID> = []
  }

  private let budget: Budget?
  private let ledger: Ledger?
  private let source: String
  private let level: VerificationLevel
  private let clock: @Sendable () -> Duration
  private let state = Mutex(State())

  /// - Parameter clock: the time since some moment.
  init(
    budget: Budget?, ledger: Ledger?, source: String, level: VerificationLevel,
    clock: @escaping @Sendable () -> Duration
  ) {
    self.budget = budget
    self.ledger = ledger
    self.source = source
    self.level = level
    self.clock = clock
  }

  func order(_ blocks: [ULID], of all: [ULID]?) async throws -> [ULID] {
    state.withLock { $0.chosen = blocks }
    let order = try await ordered(blocks, of: all)
    state.withLock { $0.order = order }
    return order
  }

  private func ordered(_ blocks: [ULID], of all: [ULID]?) async throws -> [ULID] {
    guard let ledger else { return blocks }
    return try await BlockingPool.shared.run { [source, level] in
      try ledger.begin(source, blocks, of: all, level: level, now: WallClock.milliseconds)
    }
  }

  /// One block begins in any case: with a budget that is less than it, run after run would check nothing. What is under
  /// way counts: several blocks begin before the first of them is done.
  func begins(_ ulid: ULID, size: UInt64?) -> Bool {
    state.withLock { state in
      let now = clock()
      if let budget, let begun = state.begun {
        let size = state.underWay.values.reduce(state.size) { $0 &+ $1 }
        state.isUsedUp = state.isUsedUp || budget.isUsedUp(size: size, time: now - begun)
      }
      state.begun = state.begun ?? now
      if !state.isUsedUp {
        state.underWay[ulid] = size ?? 0
        state.taken.insert(ulid)
      }
      return !state.isUsedUp
    }
  }

  /// The blocks whose turn never came, in their order.
  var unseen: [ULID] { state.withLock { state in state.order.filter { !state.taken.contains($0) } } }

  func note(_ report: BlockReport) {
    state.withLock { state in
      state.underWay[report.ulid] = nil
      state.checked += 1
      state.size &+= report.size
    }
  }

  /// Whether all blocks had their turn.
  var ending: RunEnd.Ending {
    let state = state.withLock { $0 }
    guard let budget, state.isUsedUp else { return .complete }
    let share = Decimals.text(100 * Double(state.checked) / Double(max(1, state.chosen.count)), places: 1)
    let next =
      ledger == nil ? "without --ledger the next run begins with the same ones" : "the next run goes on with the others"
    let (checked, chosen) = (Cell.grouped(Int64(state.checked)), Cell.grouped(Int64(state.chosen.count)))
    let blocks = "\(checked) of \(chosen) blocks (\(share) %)"
    return .budget("the budget of \(budget) is used up: \(blocks) were checked; \(next)")
  }

  /// What the ledger says of the source by now; `nil` without one.
  var isGoodByLedger: Bool? {
    // What began and has no report was not there after all.
    let chosen = state.withLock { state in state.chosen.filter { state.underWay[$0] == nil } }
    return ledger?.isGood(source, chosen, level: level, now: WallClock.milliseconds)
  }
}

/// Puts every check into the ledger.
struct LedgerOutput: ReportSink {
  let ledger: Ledger
  let source: String
  let level: VerificationLevel
  let now: @Sendable () -> Int64

  mutating func add(_ report: BlockReport) async throws {
    try await BlockingPool.shared.run { [self] in try ledger.add(report, from: source, level: level, now: now()) }
  }

  mutating func add(_ report: BucketReport) async throws {
    // That there is no block says nothing of the bucket that a later run could correct.
    guard !report.findings.contains(where: { $0.id == .noBlocks }) else { return }
    try await BlockingPool.shared.run { [self] in try ledger.add(report, from: source, now: now()) }
  }

  mutating func finish(_ end: RunEnd) async throws { ledger.release() }
}
