public import Console
import Quantities
import TSDB

/// What a verification found, for standard output.
public struct VerificationReport {
  private var table = Table([
    Table.Column("BLOCK", key: "ulid"), Table.Column("STATE", key: "state"), Table.Column("FILES", key: "files", .right),
    Table.Column("SIZE", key: "size_bytes", .right), Table.Column("CHUNKS", key: "chunks", .right),
    Table.Column("EVIDENCE", key: "evidence"),
  ])
  private var findings: [Finding] = []
  private var bytes: UInt64 = 0
  private var good = 0
  private var bad = 0

  public init() {}

  public mutating func add(_ report: BlockReport) {
    if report.isGood { good += 1 } else { bad += 1 }
    findings += report.findings
    let size = report.files.reduce(0) { $0 &+ $1.size }
    bytes &+= size
    table.append([
      .text(report.ulid.description), .text(report.isGood ? "good" : "BAD"), .count(report.files.count), .bytes(size),
      .count(report.chunksChecked), .text(Self.evidence(report)),
    ])
  }

  /// What holds for every file of the block besides meta.json, which has no checksum of its own.
  private static func evidence(_ report: BlockReport) -> String {
    let proved = report.files.map(\.evidence).filter { !$0.isEmpty }
    guard let first = proved.first else { return "" }
    return proved.dropFirst().reduce(first) { $0.intersection($1) }.sorted().map(\.rawValue).joined(separator: ", ")
  }

  /// The table, the findings and a line of totals.
  public var text: String {
    var text = table.rows.isEmpty ? "" : table.text(.table)
    for finding in findings {
      let place = finding.offset.map { "\(finding.file): offset \($0)" } ?? finding.file
      text += TerminalText.escaped("\(finding.severity.rawValue): \(finding.id.rawValue): \(place): \(finding.message)") + "\n"
    }
    return text + "\(good) good, \(bad) bad, \(findings.count) findings, \(ByteSize.text(bytes)) checked\n"
  }

  public var status: ExitStatus { bad > 0 ? .findings : .good }
}
