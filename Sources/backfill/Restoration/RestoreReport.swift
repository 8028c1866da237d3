public import Console
import Quantities
import TSDB

/// What a run did, block by block, for standard output.
public struct RestoreReport: Sendable, Report {
  /// For people, with the reasons of failures below it.
  private var table = Table(RestoreRow.columns + [Table.Column("RESULT", key: "result")])
  /// For programs, with the reason of each row in it.
  private var rows = Table(
    RestoreRow.columns + [Table.Column("RESULT", key: "result"), Table.Column("REASON", key: "reason")])
  private var restored = 0
  private var restoredBytes: UInt64 = 0
  private var skipped = 0
  private var failed = 0
  private var interrupted = 0
  private var notTried = 0
  private let unselected: Int
  private var failures: [String] = []

  init(unselected: Int) { self.unselected = unselected }

  mutating func add(_ block: PlannedRestore, _ outcome: Restore.Outcome) {
    var (shown, name, reason): (String, String, String?)
    switch outcome {
    case .restored:
      restored += 1
      restoredBytes &+= block.size
      (shown, name, reason) = ("restored", "restored", nil)
    case .skipped:
      skipped += 1
      name = block.decision.name
      reason = block.decision.reason
      if case .alreadyThere = block.decision { shown = name } else { shown = "skipped: \(name)" }
      if case .superseded(let larger) = block.decision { shown = "skipped: compacted into \(larger)" }
    case .failed(let error):
      failed += 1
      failures.append(TerminalText.escaped("failed: \(block.ulid): \(error)") + "\n")
      (shown, name, reason) = ("FAILED", "failed", "\(error)")
    case .interrupted:
      interrupted += 1
      (shown, name, reason) = ("interrupted", "interrupted", nil)
    case .notTried:
      notTried += 1
      (shown, name, reason) = ("not tried", "not tried", nil)
    }
    table.append(RestoreRow.cells(block) + [.text(shown)])
    rows.append(RestoreRow.cells(block) + [.text(name), .text(reason)])
  }

  /// The report. As a table it has the reasons of failures and a line of totals below; for programs it is rows alone.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return rows.text(format) }
    return (table.rows.isEmpty ? "" : table.text(.table)) + failures.joined() + totals + "\n"
  }

  /// One line.
  public var totals: String {
    var totals = ["\(restored) restored (\(ByteSize.text(restoredBytes)))", "\(skipped) skipped", "\(failed) failed"]
    if unselected > 0 { totals.append("\(unselected) not selected") }
    if interrupted + notTried > 0 { totals.append("\(interrupted + notTried) not restored: run again to go on") }
    return totals.joined(separator: ", ")
  }

  public var status: ExitStatus {
    if interrupted > 0 { return .interrupted }
    if notTried > 0 { return .unfinished }
    return failed > 0 ? .findings : .good
  }
}
