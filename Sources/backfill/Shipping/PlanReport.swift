public import Console
public import Delivery
import Quantities
import TSDB
import Thanos

/// A plan on standard output: each block with its decision and the reason, warnings, totals, an estimate of the time.
public struct PlanReport: Sendable, Report {
  private let plan: UploadPlan
  /// Bytes a second.
  private let rate: ExpectedRate?
  private let skipsCorrupted: Bool

  /// - Parameters:
  ///   - rate: for the estimate of the time; `nil` where nothing is known of it.
  ///   - skipsCorrupted: whether corrupt blocks leave the status good.
  public init(_ plan: UploadPlan, rate: ExpectedRate?, skipsCorrupted: Bool = false) {
    self.plan = plan
    self.rate = rate
    self.skipsCorrupted = skipsCorrupted
  }

  /// The status that the run itself would end with, as far as the plan can tell.
  public var status: ExitStatus {
    let fails = plan.blocks.contains { block in
      if case .corrupt = block.decision { return !skipsCorrupted }
      return block.decision.failure != nil
    }
    return fails || plan.damage != nil ? .findings : .good
  }

  /// As a table it has warnings and totals below; for programs it is rows alone, with the warnings in them.
  public func text(_ format: OutputFormat) -> String {
    guard format == .table else { return table(withWarnings: true).text(format) }
    let table = plan.blocks.isEmpty ? "" : table(withWarnings: false).text(.table)
    let damage = plan.damage.map { TerminalText.escaped("failed: \($0)") + "\n" } ?? ""
    return table + damage + warnings.map { TerminalText.escaped("warning: \($0)") + "\n" }.joined() + totals + "\n"
  }

  private func table(withWarnings: Bool) -> Table {
    let columns = [
      Table.Column("BLOCK", key: "ulid"), Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
      Table.Column("LEVEL", key: "level", .right), Table.Column("SIZE", key: "size_bytes", .right),
      Table.Column("DECISION", key: "decision"), Table.Column("REASON", key: "reason"),
    ]
    var table = Table(withWarnings ? columns + [Table.Column("WARNINGS", key: "warnings")] : columns)
    for block in plan.blocks {
      let meta = block.local?.meta
      table.append([
        .text(block.ulid.description), meta.map { .time($0.minTime) } ?? .empty,
        meta.map { .time($0.maxTime) } ?? .empty, meta.map { .integer($0.compaction.level) } ?? .empty, .bytes(block.size), .text(block.decision.name),
        .text(block.decision.reason), .text(shown(block).map(\.description).joined(separator: "; ")),
      ])
    }
    return table
  }

  /// What is to be known of a block that goes in; of others it does not matter.
  private func shown(_ block: PlannedBlock) -> [PlanWarning] { block.decision.isUpload ? block.warnings : [] }

  /// One line each, those about age together: half the plan may be older than the bucket's newest block.
  public var warnings: [String] {
    var lines: [String] = []
    var older: [(ulid: ULID, warning: PlanWarning)] = []
    for block in plan.blocks {
      for warning in shown(block) {
        if case .olderThanBucket = warning {
          older.append((block.ulid, warning))
        } else {
          lines.append("\(block.ulid): \(warning)")
        }
      }
    }
    if let first = older.first {
      let others = older.count > 1 ? " and \(older.count - 1) more" : ""
      lines.append("\(first.ulid)\(others): \(first.warning)")
    }
    return lines
  }

  /// How many blocks of each decision, with their sizes, and how long sending may take.
  public var totals: String {
    var tally = Tally()
    for block in plan.blocks { tally.add(block.decision.name, bytes: block.size) }
    let parts = tally.parts
    let uploads = plan.uploads.count
    let blocks = uploads == 1 ? "1 block" : "\(uploads) blocks"
    return (parts.isEmpty ? "no blocks" : parts.joined(separator: ", "))
      + "\nto send: \(blocks), \(ByteSize.text(plan.uploadSize))"
      + ExpectedRate.estimate(of: plan.uploadSize, at: rate) + age
  }

  /// How the uploads lie to what the bucket has already.
  private var age: String {
    guard let end = plan.bucketEnd else { return "" }
    let older = plan.uploads.count { block in
      block.warnings.contains { if case .olderThanBucket = $0 { true } else { false } }
    }
    return "\nthe bucket's newest data of these labels ends at \(Timestamp.text(end)): \(older) of the blocks to send"
      + " are older than it, \(plan.uploads.count - older) younger"
  }

}
