public import Console
import Delivery
import Quantities
import TSDB
import Thanos

/// What a run did, block by block, for standard output.
public struct BackfillReport: Report {
  private static let columns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
    Table.Column("LEVEL", key: "level", .right), Table.Column("SIZE", key: "size_bytes", .right),
    Table.Column("RESULT", key: "result"),
  ]
  /// For people, with the reasons of failures below it.
  private var table = Table(columns)
  /// For programs, with the reason of each row in it.
  private var rows = Table(columns + [Table.Column("REASON", key: "reason")])
  private var uploaded = 0
  private var uploadedBytes: UInt64 = 0
  /// Of these, what was in the bucket from earlier runs.
  private var reusedBytes: UInt64 = 0
  private var skipped = 0
  private var failed = 0
  private var leftOut = 0
  private var interrupted = 0
  private var notSent = 0
  /// The reasons of those that failed, below the table: they would make its last column endless.
  private var failures: [String] = []

  /// The rest of the source could not be read, so that nobody knows which blocks are missing here.
  private var hasProblems = false

  private var isGivenUp = false

  public init() {}

  /// The bucket takes nothing any more.
  public mutating func noteGivenUp() { isGivenUp = true }

  public mutating func add(problem: any Error) {
    hasProblems = true
    failures.append(TerminalText.escaped("failed: \(problem)") + "\n")
  }

  public mutating func add(_ block: PlannedBlock, _ outcome: Backfill.Outcome) {
    switch outcome {
    case .uploaded(let receipt):
      uploaded += 1
      reusedBytes &+= receipt.size &- receipt.sent
      uploadedBytes &+= block.size
    case .skipped: skipped += 1
    case .failed(let error):
      failed += 1
      failures.append(TerminalText.escaped("failed: \(block.ulid): \(error)") + "\n")
    case .leftOut(let error):
      leftOut += 1
      failures.append(TerminalText.escaped("corrupt: \(block.ulid): \(error)") + "\n")
    case .interrupted: interrupted += 1
    case .notSent: notSent += 1
    }
    let meta = block.local?.meta
    let row: [Cell] = [
      .text(block.ulid.description), meta.map { .time($0.minTime) } ?? .empty, meta.map { .time($0.maxTime) } ?? .empty,
      meta.map { .integer($0.compaction.level) } ?? .empty, .bytes(block.size),
    ]
    table.append(row + [.text(Self.words(block, outcome))])
    rows.append(row + [.text(block.result(outcome)), .text(block.reason(outcome))])
  }

  /// The report. As a table it has the reasons of failures and a line of totals below; for programs it is rows alone.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return rows.text(format) }
    return (table.rows.isEmpty ? "" : table.text(.table)) + failures.joined() + totals + "\n"
  }

  /// One line.
  public var totals: String {
    var size = ByteSize.text(uploadedBytes)
    if reusedBytes > 0 { size += ", \(ByteSize.text(reusedBytes)) of it sent by earlier runs" }
    var totals = ["\(uploaded) uploaded (\(size))", "\(skipped) skipped", "\(failed) failed"]
    if leftOut > 0 { totals.append("\(leftOut) corrupt and left out") }
    if interrupted + notSent > 0 { totals.append("\(interrupted + notSent) not sent: run again to go on") }
    return totals.joined(separator: ", ")
  }

  public var status: ExitStatus {
    if interrupted > 0 { return .interrupted }
    if isGivenUp || notSent > 0 { return .unfinished }
    return failed > 0 || hasProblems ? .findings : .good
  }

  private static func words(_ block: PlannedBlock, _ outcome: Backfill.Outcome) -> String {
    switch outcome {
    case .uploaded: "uploaded"
    case .interrupted: "interrupted"
    case .notSent: "not sent"
    case .failed: "FAILED"
    case .leftOut: "corrupt"
    case .skipped:
      switch block.decision {
      case .compactedInto(let larger): "already there, compacted into \(larger)"
      case .superseded(let larger): "skipped: compacted into \(larger)"
      case .alreadyThere: block.decision.name
      default: "skipped: \(block.decision.name)"
      }
    }
  }
}

extension PlannedBlock {
  /// The outcome for programs.
  func result(_ outcome: Backfill.Outcome) -> String {
    switch outcome {
    case .uploaded: "uploaded"
    case .interrupted: "interrupted"
    case .notSent: "not sent"
    case .failed: "failed"
    case .leftOut: "corrupt"
    case .skipped: decision.name
    }
  }

  func reason(_ outcome: Backfill.Outcome) -> String? {
    switch outcome {
    case .failed(let error), .leftOut(let error): "\(error)"
    case .skipped: decision.reason
    case .uploaded, .interrupted, .notSent: nil
    }
  }
}
