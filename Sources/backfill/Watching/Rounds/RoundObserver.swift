import Thanos
public import Console
import Exposition
public import Shipping
import Synchronization
import TSDB

/// Turns what the runs of `backfill` say of their blocks into metrics while they go on, and into reports.
public final class RoundObserver: RunObserver {
  private struct State {
    var states: [ULID: ShipperMetrics.BlockState] = [:]
    var wantsRetry = false
    /// Those that were counted as corrupt, so that each is counted once.
    var corrupt: Set<ULID> = []
  }

  private let metrics: ShipperMetrics
  private let pages: StatusPages
  private let state = Mutex(State())

  public init(_ metrics: ShipperMetrics, _ pages: StatusPages) {
    self.metrics = metrics
    self.pages = pages
  }

  /// A run is about to begin.
  public func begin() { state.withLock { ($0.states, $0.wantsRetry) = ([:], false) } }

  /// The run since `begin` has ended.
  /// - Parameter status: what it would have ended the program with.
  public func end(_ status: ExitStatus) -> RoundReport {
    state.withLock { state in
      // A problem that is no block's: a list of shipped blocks that could not be written.
      let isOfBlocks = state.states.values.contains { [.failed, .corrupt, .refused].contains($0) }
      return RoundReport(
        states: state.states, wantsRetry: state.wantsRetry || status == .findings && !isOfBlocks)
    }
  }

  public func planned(_ plan: UploadPlan) {
    pages.becomeReady()
    state.withLock { state in
      for block in plan.blocks { state.states[block.ulid] = Self.state(of: block.decision) }
      metrics.show(state.states)
    }
  }

  public func finished(_ block: PlannedBlock, _ outcome: Backfill.Outcome) {
    state.withLock { state in
      let became = Self.state(of: block, after: outcome)
      switch outcome {
      case .uploaded: metrics.uploads.add()
      case .failed where became == .failed:
        metrics.uploadFailures.add()
        state.wantsRetry = true
      case .interrupted, .notSent: state.wantsRetry = true
      case .failed, .leftOut, .skipped: break
      }
      if became == .corrupt, state.corrupt.insert(block.ulid).inserted { metrics.corrupted.add() }
      metrics.move(from: state.states.updateValue(became, forKey: block.ulid), to: became)
    }
  }

  private static func state(of block: PlannedBlock, after outcome: Backfill.Outcome) -> ShipperMetrics.BlockState {
    switch outcome {
    case .uploaded: .inBucket
    case .skipped: state(of: block.decision)
    case .leftOut: .corrupt
    case .failed(let error): block.decision.isUpload ? (error is CorruptBlock ? .corrupt : .failed) : state(of: block.decision)
    case .interrupted, .notSent: .waiting
    }
  }

  private static func state(of decision: Decision) -> ShipperMetrics.BlockState {
    switch decision {
    case .upload, .partial: .waiting
    case .alreadyThere, .compactedInto: .inBucket
    case .superseded, .empty, .level, .outsideTimeRange, .notSelected: .skipped
    case .overlap, .conflict: .refused
    case .corrupt: .corrupt
    }
  }
}
