public import Console
public import Delivery
import Quantities
import TSDB
import Thanos

/// A plan on standard output: each block with its decision and the reason, warnings, totals, an estimate of the time.
public struct CopyPlanReport: Sendable, Report {
  private let plan: CopyPlan
  /// Bytes a second.
  private let rate: ExpectedRate?

  /// - Parameter rate: for the estimate of the time; `nil` where nothing is known of it.
  public init(_ plan: CopyPlan, rate: ExpectedRate?) {
    self.plan = plan
    self.rate = rate
  }

  /// The status that the run itself would end with, as far as the plan can tell.
  public var status: ExitStatus { plan.blocks.contains { $0.decision.failure != nil } ? .findings : .good }

  /// As a table it has warnings and totals below; for programs it is rows alone, with the warnings in them.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return table(withWarnings: true).text(format) }
    let table = plan.blocks.isEmpty ? "" : table(withWarnings: false).text(.table)
    return table + warnings.map { TerminalText.escaped("warning: \($0)") + "\n" }.joined() + totals + "\n"
  }

  private func table(withWarnings: Bool) -> Table {
    let columns = PlannedCopy.columns + [
      Table.Column("DECISION", key: "decision"), Table.Column("REASON", key: "reason"),
    ]
    var table = Table(withWarnings ? columns + [Table.Column("WARNINGS", key: "warnings")] : columns)
    for block in plan.blocks {
      let words: [Cell] = [.text(block.decision.name), .text(block.decision.reason)]
      table.append(block.cells + words + (withWarnings ? [.text(block.warnings.joined(separator: "; "))] : []))
    }
    return table
  }

  /// One line each.
  public var warnings: [String] { plan.blocks.flatMap { block in block.warnings.map { "\(block.ulid): \($0)" } } }

  /// How many blocks of each decision, with their sizes, and how long copying may take.
  public var totals: String {
    var tally = Tally()
    for block in plan.blocks { tally.add(block.decision.name, bytes: block.size) }
    var parts = tally.parts
    if plan.unselected > 0 { parts.append("\(plan.unselected) not selected") }
    let copies = plan.copies.count == 1 ? "1 block" : "\(plan.copies.count) blocks"
    return (parts.isEmpty ? "no blocks" : parts.joined(separator: ", "))
      + "\nto copy: \(copies), \(ByteSize.text(plan.copySize))"
      + ExpectedRate.estimate(of: plan.copySize, at: rate)
  }

}

extension PlannedCopy {
  /// What plan and report both show of a block.
  static let columns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
    Table.Column("LEVEL", key: "level", .right), Table.Column("RESOLUTION", key: "resolution_seconds", .right),
    Table.Column("SIZE", key: "size_bytes", .right),
  ]

  var cells: [Cell] {
    let meta = description?.meta
    return [
      .text(ulid.description), meta.map { .time($0.minTime) } ?? .empty, meta.map { .time($0.maxTime) } ?? .empty,
      meta.map { .integer($0.compaction.level) } ?? .empty,
      description.map { .duration($0.resolution.milliseconds) } ?? .empty, .bytes(size),
    ]
  }
}
