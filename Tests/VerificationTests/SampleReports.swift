import Console
import Glibc
import Synchronization
import TSDB
import Testing

@testable import Verification

/// Names of blocks in ascending order.
func ulid(_ number: Int) -> ULID {
  let digits = String(number)
  return Sample.named("01M8" + String(repeating: "0", count: 22 - digits.count) + digits)
}

enum Sample {
  /// Of the fixture `raw-float-and-histogram`.
  static let ulid = named("01M81B088QDAD3JHFN4993ETCA")

  static func named(_ name: String) -> ULID {
    guard let ulid = ULID(name) else { preconditionFailure("a test names a block \(name)") }
    return ulid
  }

  /// A block of 1,100 bytes.
  static func block(
    _ ulid: ULID = ulid, _ findings: [Finding.ID] = [], unfinished: [Unfinished] = [], sha256: String? = nil
  ) -> BlockReport {
    var report = BlockReport(ulid)
    report.files = [
      FileReport(path: "chunks/000001", size: 1000, evidence: [.size, .crc32c], sha256: sha256),
      FileReport(path: "index", size: 100, evidence: [.size], sha256: sha256),
    ]
    report.findings = findings.map { finding($0, in: ulid) }
    report.unfinished = unfinished
    report.chunksChecked = 7
    report.seconds = 1.25
    return report
  }

  static func finding(_ id: Finding.ID, in ulid: ULID = ulid, occurrences: Int = 1) -> Finding {
    Finding(
      id, block: ulid, file: "\(ulid)/chunks/000001", offset: 8, series: "{__name__=\"up\"}", "it is wrong",
      occurrences: occurrences)
  }

  static func end(_ reports: [BlockReport] = [], _ ending: RunEnd.Ending = .complete) -> RunEnd {
    var totals = RunTotals()
    for report in reports { totals.add(report) }
    return RunEnd(finished: 1_700_000_001_500, seconds: 2.5, totals: totals, ending: ending)
  }

  static let description = RunDescription(started: 1_700_000_000_000, source: "s3://thanos", level: .full)
}

/// Makes a symbolic link.
func symbolicLink(_ target: String, _ path: String) throws {
  let status = unsafe symlink(target, path)
  try #require(status == 0, "\(path)")
}

/// What was written to standard output.
final class Written: Sendable {
  private let pieces = Mutex<[String]>([])
  func append(_ text: String) { pieces.withLock { $0.append(text) } }
  var text: String { pieces.withLock { $0.joined() } }
}
