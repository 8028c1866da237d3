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
    /// What was found, up to the first piece that is not done, and in those behind it.
    var findings = SegmentFindings()
    var faults = FaultList()
    var settled = 0
    var done: [Int: Done] = [:]
    var waiting: [CheckedContinuation<Void, Never>] = []

    /// Puts together what was found in the order of the pieces, so that no list of faults waits for the segment's end.
    mutating func settle() {
      while let next = done.removeValue(forKey: settled) {
        findings.append(next.findings)
        faults.append(contentsOf: next.faults)
        settled += 1
      }
    }
  }

  private let file: String
  private let number: Int
  private let aggregates: Bool?
  private let state: Mutex<State>

  /// - Parameters:
  ///   - number: the segment's place among the block's.
  ///   - aggregates: as of `SegmentCheck`.
  init(file: String, number: Int, aggregates: Bool?) {
    (self.file, self.number, self.aggregates) = (file, number, aggregates)
    state = Mutex(State(splitter: SegmentSplitter(file: file)))
  }

  /// Takes the next bytes of the segment, and returns when more of them may come.
  func take(_ window: [UInt8]) async {
    await waitForTurn()
    await withCheckedContinuation { continuation in
      BlockingPool.shared.start { [self] in
        let pieces = state.withLock { $0.splitter.take(window) }
        let place = nextPlace()
        // Who found the chunks has their bytes in its cache, and checks them; the next ones may be found meanwhile.
        continuation.resume()
        finish(check(pieces), place)
      }
    }
  }

  private func nextPlace() -> Int {
    state.withLock { state in
      defer { state.pieces += 1 }
      return state.pieces
    }
  }

  /// Checks pieces that follow each other.
  private func check(_ pieces: [SegmentSplitter.Piece]) -> Done {
    var findings = SegmentFindings()
    var faults = FaultList()
    for piece in pieces {
      var check = SegmentCheck(file: file, number: number, decodes: true, aggregates: aggregates, from: piece.offset)
      piece.forEachRun { check.scan($0, &faults) }
      findings.append(check.findings)
    }
    return Done(findings: findings, faults: faults)
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
  private func finish(_ done: Done, _ place: Int) {
    let next = state.withLock { state in
      state.done[place] = done
      state.settle()
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
    if endsHere, !last.isEmpty {
      await waitForTurn()
      let place = nextPlace()
      await BlockingPool.shared.run { [self] in finish(check(last), place) }
    }
    // Every turn taken means that nothing is running.
    for _ in 0..<Self.width { await waitForTurn() }
    var (findings, faults) = state.withLock { ($0.findings, $0.faults) }
    if findings.samples == nil { findings.samples = SegmentSamples() }
    let (long, strangeByte) = state.withLock { ($0.splitter.longChunks, $0.splitter.strangeByte) }
    var looked = SegmentCheck(file: file, number: number, decodes: true, aggregates: aggregates)
    for chunk in long { looked.take(chunk, &faults) }
    findings.append(looked.findings)
    findings.strangeByte = strangeByte
    findings.isComplete = endsHere && error == nil
    findings.report(in: file, &faults)
    if endsHere, let error {
      faults.append(BlockFault(error, malformed: .segmentMalformed, checksum: .chunkChecksum))
    }
    return (findings, faults)
  }
}
