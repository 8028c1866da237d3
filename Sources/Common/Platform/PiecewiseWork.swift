import Synchronization

/// Work on the pieces of a whole: so many at a time, with what each of them gave put together in the order of the pieces,
/// so that the same bytes always give the same result.
///
/// A piece takes a place when it is known, waits for its turn, and is settled when it is done; whoever waits keeps no
/// thread. What was done early is held until all before it is settled.
public final class PiecewiseWork<Piece: Sendable, Whole: Sendable>: Sendable {
  private struct State: Sendable {
    var whole: Whole
    var places = 0
    /// Pieces that are in `whole`: all before this one.
    var settled = 0
    var done: [Int: Piece] = [:]
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let width: Int
  private let add: @Sendable (inout Whole, Piece) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - width: pieces that are worked on at a time; at least 1.
  ///   - whole: what is there before the first piece.
  ///   - add: called for one piece after the other, in their order.
  public init(width: Int, into whole: Whole, _ add: @escaping @Sendable (inout Whole, Piece) -> Void) {
    self.width = max(1, width)
    self.add = add
    state = Mutex(State(whole: whole))
  }

  /// The place of the next piece, to be settled once.
  public func takePlace() -> Int {
    state.withLock { state in
      defer { state.places += 1 }
      return state.places
    }
  }

  /// Returns when fewer than `width` turns are taken, in the order of the calls; to be ended by `endTurn`.
  public func waitForTurn() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.running < width {
          state.running += 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  /// Hands the turn on to who has waited longest.
  public func endTurn() {
    let next = state.withLock { state in
      guard state.waiting.isEmpty else { return Optional(state.waiting.removeFirst()) }
      state.running -= 1
      return nil
    }
    next?.resume()
  }

  /// Enters what the piece at `place` gave.
  public func settle(_ piece: Piece, at place: Int) {
    state.withLock { state in
      state.done[place] = piece
      while let next = state.done.removeValue(forKey: state.settled) {
        add(&state.whole, next)
        state.settled += 1
      }
    }
  }

  /// Returns when no turn is taken.
  public func drain() async {
    // Every turn taken means that nothing is running.
    for _ in 0..<width { await waitForTurn() }
    for _ in 0..<width { endTurn() }
  }

  /// What the settled pieces came to.
  public var whole: Whole { state.withLock { $0.whole } }
}
