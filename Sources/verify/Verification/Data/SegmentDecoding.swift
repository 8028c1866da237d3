import Platform
import Synchronization
import TSDB

/// Checks the pieces of one segment beside each other, while the next ones come.
///
/// A piece waits before it is taken until one of those before it is done, so that memory stays small; a waiting task
/// keeps no thread.
final class SegmentDecoding: Sendable {
  private struct Findings: Sendable {
    var findings = SegmentFindings()
    var faults = FaultList()

    mutating func append(_ other: Self) {
      findings.append(other.findings)
      faults.append(contentsOf: other.faults)
    }
  }

  private let file: String
  private let number: Int
  private let aggregates: Bool?
  private let splitter: Mutex<SegmentSplitter>
  /// What was found, up to the first piece that is not done: no list of faults waits for the segment's end.
  private let work = PiecewiseWork(width: 4, into: Findings()) { (found: inout Findings, piece: Findings) in
    found.append(piece)
  }

  /// - Parameters:
  ///   - number: the segment's place among the block's.
  ///   - aggregates: as of `SegmentCheck`.
  init(file: String, number: Int, aggregates: Bool?) {
    (self.file, self.number, self.aggregates) = (file, number, aggregates)
    splitter = Mutex(SegmentSplitter(file: file))
  }

  /// Takes the next bytes of the segment, and returns when more of them may come.
  func take(_ window: [UInt8]) async {
    await work.waitForTurn()
    await withCheckedContinuation { continuation in
      BlockingPool.shared.start { [self] in
        let pieces = splitter.withLock { $0.take(window) }
        let place = work.takePlace()
        // Who found the chunks has their bytes in its cache, and checks them; the next ones may be found meanwhile.
        continuation.resume()
        work.settle(check(pieces), at: place)
        work.endTurn()
      }
    }
  }

  /// Checks pieces that follow each other.
  private func check(_ pieces: [SegmentSplitter.Piece]) -> Findings {
    var found = Findings()
    for piece in pieces {
      var check = SegmentCheck(file: file, number: number, decodes: true, aggregates: aggregates, from: piece.offset)
      piece.forEachRun { check.scan($0, &found.faults) }
      found.findings.append(check.findings)
    }
    return found
  }

  /// What was found in all pieces, in their order.
  /// - Parameter endsHere: whether all of the segment has come.
  func result(endsHere: Bool) async -> (findings: SegmentFindings, faults: FaultList) {
    let (last, error) = splitter.withLock { $0.finish() }
    await work.drain()
    if endsHere, !last.isEmpty {
      let found = await BlockingPool.shared.run { [self] in check(last) }
      work.settle(found, at: work.takePlace())
    }
    let found = work.whole
    var (findings, faults) = (found.findings, found.faults)
    if findings.samples == nil { findings.samples = SegmentSamples() }
    let (long, strangeByte) = splitter.withLock { ($0.longChunks, $0.strangeByte) }
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
