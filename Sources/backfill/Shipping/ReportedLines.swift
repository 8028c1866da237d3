import Synchronization
import TSDB

/// The last line of each block in a report that many runs add to: a block that is refused in every one of them is to be
/// found there once for each reason, not thousands of times.
public final class ReportedLines: Sendable {
  private let lines = Mutex<[ULID: [UInt8]]>([:])

  public init() {}

  func isLast(_ line: [UInt8], of block: ULID) -> Bool { lines.withLock { $0[block] == line } }
  func note(_ line: [UInt8], of block: ULID) { lines.withLock { $0[block] = line } }
}
