public import Console
import Quantities
import TSDB
import Thanos

/// A plan on standard output: each block with its decision and the reason, warnings, totals.
public struct RestorePlanReport: Sendable, Report {
  private let plan: RestorePlan
  private let needed: UInt64
  private let free: UInt64

  /// - Parameters:
  ///   - needed: bytes that are still to come.
  ///   - free: bytes that the destination has room for.
  init(_ plan: RestorePlan, needed: UInt64, free: UInt64) {
    self.plan = plan
    self.needed = needed
    self.free = free
  }

  /// The status that the run itself would end with, as far as the plan can tell.
  public var status: ExitStatus {
    if needed > free { return .unfinished }
    return plan.blocks.contains { $0.decision.failure != nil } ? .findings : .good
  }

  /// As a table it has warnings and totals below; for programs it is rows alone.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return table.text(format) }
    return (plan.blocks.isEmpty ? "" : table.text(.table))
      + plan.warnings.map { TerminalText.escaped("warning: \($0)") + "\n" }.joined() + totals + "\n"
  }

  private var table: Table {
    var table = Table(RestoreRow.columns + [
      Table.Column("DECISION", key: "decision"), Table.Column("REASON", key: "reason"),
    ])
    for block in plan.blocks {
      table.append(RestoreRow.cells(block) + [.text(block.decision.name), .text(block.decision.reason)])
    }
    return table
  }

  /// How many blocks of each decision, with their sizes, and what is to come.
  public var totals: String {
    var tally = Tally()
    for block in plan.blocks { tally.add(block.decision.name, bytes: block.contents == nil ? 0 : block.size) }
    var parts = tally.parts
    if plan.unselected > 0 { parts.append("\(plan.unselected) not selected") }
    let count = plan.restores.count
    return (parts.isEmpty ? "no blocks" : parts.joined(separator: ", "))
      + "\nto restore: \(count == 1 ? "1 block" : "\(count) blocks"), \(ByteSize.text(plan.size))"
      + (needed < plan.size ? ", \(ByteSize.text(needed)) of it still to come" : "")
      + "; \(ByteSize.text(free)) free" + (needed > free ? ": TOO LITTLE" : "")
  }
}

/// What a block is shown by, in plan and report.
enum RestoreRow {
  static let columns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
    Table.Column("LEVEL", key: "level", .right), Table.Column("LABELS", key: "labels"),
    Table.Column("SIZE", key: "size_bytes", .right),
  ]

  static func cells(_ block: PlannedRestore) -> [Cell] {
    let meta = block.description?.meta
    return [
      .text(block.ulid.description), meta.map { .time($0.minTime) } ?? .empty, meta.map { .time($0.maxTime) } ?? .empty,
      meta.map { .integer($0.compaction.level) } ?? .empty,
      block.description.map { .text("\($0.labels)") } ?? .empty, block.contents == nil ? .empty : .bytes(block.size),
    ]
  }
}
