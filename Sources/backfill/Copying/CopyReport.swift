public import Console
import Delivery
import Quantities
import TSDB

/// What a run did, block by block, for standard output.
public struct CopyReport: Report {
  private static let columns = PlannedCopy.columns + [Table.Column("RESULT", key: "result")]
  /// For people, with the reasons of failures below it.
  private var table = Table(columns)
  /// For programs, with the reason of each row in it.
  private var rows = Table(columns + [Table.Column("REASON", key: "reason")])
  private var copied = 0
  private var copiedBytes: UInt64 = 0
  private var sentBytes: UInt64 = 0
  private var skipped = 0
  private var failed = 0
  private var interrupted = 0
  private var notSent = 0
  /// The reasons of those that failed, below the table: they would make its last column endless.
  private var failures: [String] = []
  private var hasProblems = false
  private let unselected: Int

  /// - Parameter unselected: blocks that the run was not about.
  public init(unselected: Int = 0) { self.unselected = unselected }

  /// Something that concerns the run as a whole, and did not stop it.
  public mutating func add(problem: any Error) {
    hasProblems = true
    failures.append(TerminalText.escaped("failed: \(problem)") + "\n")
  }

  public mutating func add(_ block: PlannedCopy, _ outcome: BucketCopy.Outcome) {
    switch outcome {
    case .copied(let receipt):
      copied += 1
      sentBytes &+= receipt.sent
      copiedBytes &+= receipt.size
    case .skipped: skipped += 1
    case .failed(let error):
      failed += 1
      failures.append(TerminalText.escaped("failed: \(block.ulid): \(error)") + "\n")
    case .interrupted: interrupted += 1
    case .notSent: notSent += 1
    }
    table.append(block.cells + [.text(Self.words(block, outcome))])
    rows.append(block.cells + [.text(block.result(outcome)), .text(block.reason(outcome))])
  }

  /// The report. As a table it has the reasons of failures and a line of totals below; for programs it is rows alone.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return rows.text(format) }
    return (table.rows.isEmpty ? "" : table.text(.table)) + failures.joined() + totals + "\n"
  }

  /// One line.
  public var totals: String {
    var size = ByteSize.text(copiedBytes)
    if sentBytes < copiedBytes { size += ", \(ByteSize.text(copiedBytes - sentBytes)) of it by earlier runs" }
    var totals = ["\(copied) copied (\(size))", "\(skipped) skipped", "\(failed) failed"]
    if unselected > 0 { totals.append("\(unselected) not selected") }
    if interrupted + notSent > 0 { totals.append("\(interrupted + notSent) not copied: run again to go on") }
    return totals.joined(separator: ", ")
  }

  public var status: ExitStatus {
    if interrupted > 0 { return .interrupted }
    if notSent > 0 { return .unfinished }
    return failed > 0 || hasProblems ? .findings : .good
  }

  private static func words(_ block: PlannedCopy, _ outcome: BucketCopy.Outcome) -> String {
    switch outcome {
    case .copied: "copied"
    case .interrupted: "interrupted"
    case .notSent: "not copied"
    case .failed: "FAILED"
    case .skipped:
      switch block.decision {
      case .compactedInto(let larger): "already there, compacted into \(larger)"
      case .alreadyThere: block.decision.name
      default: "skipped: \(block.decision.name)"
      }
    }
  }
}

extension PlannedCopy {
  /// The outcome for programs.
  func result(_ outcome: BucketCopy.Outcome) -> String {
    switch outcome {
    case .copied: "copied"
    case .interrupted: "interrupted"
    case .notSent: "not copied"
    case .failed: "failed"
    case .skipped: decision.name
    }
  }

  func reason(_ outcome: BucketCopy.Outcome) -> String? {
    switch outcome {
    case .failed(let error): "\(error)"
    case .skipped: decision.reason
    case .copied, .interrupted, .notSent: nil
    }
  }
}
