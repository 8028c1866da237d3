import Platform
import Synchronization
import TSDB

/// Checks the pieces of one segment beside each other, while the next ones come.
///
/// A piece waits before it is taken until one of those before it is done, so that memory stays small; a waiting task
/// keeps no thread.
final class SegmentDecoding: Sendable {
  /// Pieces of a segment that are checked at a time.
  private static let width = 4

  private struct Done: Sendable {
    let findings: SegmentFindings
    let faults: FaultList
  }

  private struct State {
    var splitter: SegmentSplitter
    var pieces = 0
    var running = 0
    var done: [Int: Done] = [:]
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let file: String
  private let number: Int
  private let state: Mutex<State>

  /// - Parameter number: the segment's place among the block's.
  init(file: String, number: Int) {
    (self.file, self.number) = (file, number)
    state = Mutex(State(splitter: SegmentSplitter(file: file)))
  }

  /// Takes the next bytes of the segment, and returns when more of them may come.
  func take(_ window: [UInt8]) async {
    await waitForTurn()
    await withCheckedContinuation { continuation in
      BlockingPool.shared.start { [self] in
        let piece = state.withLock { $0.splitter.take(window) }
        let place = nextPlace()
        // Who found the chunks has their bytes in its cache, and checks them; the next ones may be found meanwhile.
        continuation.resume()
        finish(piece.map(check), place)
      }
    }
  }

  private func nextPlace() -> Int {
    state.withLock { state in
      defer { state.pieces += 1 }
      return state.pieces
    }
  }

  private func check(_ piece: SegmentSplitter.Piece) -> Done {
    var check = SegmentCheck(file: file, number: number, decodes: true, from: piece.offset)
    var faults = FaultList()
    piece.forEachRun { check.scan($0, &faults) }
    return Done(findings: check.findings, faults: faults)
  }

  private func waitForTurn() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.running < Self.width {
          state.running += 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  /// Enters what was found, and hands the turn on.
  private func finish(_ done: Done?, _ place: Int) {
    let next = state.withLock { state in
      state.done[place] = done
      guard state.waiting.isEmpty else { return Optional(state.waiting.removeFirst()) }
      state.running -= 1
      return nil
    }
    next?.resume()
  }

  /// What was found in all pieces, in their order.
  /// - Parameter endsHere: whether all of the segment has come.
  func result(endsHere: Bool) async -> (findings: SegmentFindings, faults: FaultList) {
    let (last, error) = state.withLock { $0.splitter.finish() }
    if endsHere, let last {
      await waitForTurn()
      let place = nextPlace()
      await BlockingPool.shared.run { [self] in finish(check(last), place) }
    }
    // Every turn taken means that nothing is running.
    for _ in 0..<Self.width { await waitForTurn() }
    var findings = SegmentFindings()
    var faults = FaultList()
    findings.samples = SegmentSamples()
    for (_, done) in state.withLock({ $0.done }).sorted(by: { $0.key < $1.key }) {
      findings.append(done.findings)
      faults.append(contentsOf: done.faults)
    }
    findings.reportEncodings(in: file, &faults)
    findings.isComplete = endsHere && error == nil
    if endsHere, let error {
      faults.append(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum))
    }
    return (findings, faults)
  }
}
