public import Console
import Quantities
import TSDB
import Thanos

/// What a run did, block by block, for standard output.
public struct BackfillReport {
  private var table = Table([
    Table.Column("BLOCK", key: "ulid"), Table.Column("FROM", key: "from"), Table.Column("UNTIL", key: "until"),
    Table.Column("LEVEL", key: "level", .right), Table.Column("SIZE", key: "size_bytes", .right),
    Table.Column("RESULT", key: "result"),
  ])
  private var uploaded = 0
  private var uploadedBytes: UInt64 = 0
  private var skipped = 0
  private var failed = 0
  private var interrupted = 0
  /// The reasons of those that failed, below the table: they would make its last column endless.
  private var failures: [String] = []

  /// The rest of the source could not be read, so that nobody knows which blocks are missing here.
  private var isCut = false

  public init() {}

  public mutating func add(damage: any Error) {
    isCut = true
    failures.append(TerminalText.escaped("failed: \(damage)") + "\n")
  }

  public mutating func add(_ block: PlannedBlock, _ outcome: Backfill.Outcome) {
    switch outcome {
    case .uploaded:
      uploaded += 1
      uploadedBytes &+= block.size
    case .skipped: skipped += 1
    case .failed(let error):
      failed += 1
      failures.append(TerminalText.escaped("failed: \(block.ulid): \(error)") + "\n")
    case .interrupted: interrupted += 1
    }
    let meta = block.local?.meta
    table.append([
      .text(block.ulid.description), meta.map { .time($0.minTime) } ?? .empty, meta.map { .time($0.maxTime) } ?? .empty,
      meta.map { .integer($0.compaction.level) } ?? .empty, .bytes(block.size), .text(Self.words(block, outcome)),
    ])
  }

  /// The table and a line of totals.
  public var text: String {
    var totals = ["\(uploaded) uploaded (\(ByteSize.text(uploadedBytes)))", "\(skipped) skipped", "\(failed) failed"]
    if interrupted > 0 { totals.append("\(interrupted) not sent: run again to go on") }
    return (table.rows.isEmpty ? "" : table.text(.table)) + failures.joined() + totals.joined(separator: ", ") + "\n"
  }

  public var status: ExitStatus { failed > 0 || isCut ? .findings : interrupted > 0 ? .interrupted : .good }

  private static func words(_ block: PlannedBlock, _ outcome: Backfill.Outcome) -> String {
    switch outcome {
    case .uploaded: "uploaded"
    case .interrupted: "interrupted"
    case .failed: "FAILED"
    case .skipped:
      switch block.decision {
      case .alreadyThere: "already there"
      case .compactedInto(let larger): "already there, compacted into \(larger)"
      case .empty: "skipped: no samples"
      case .upload, .broken, .conflict: "skipped"
      }
    }
  }
}
