public import Console
import Quantities
import TSDB

/// What a verification found, for standard output.
public struct VerificationReport {
  private static let blockColumns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("STATE", key: "state"), Table.Column("FILES", key: "files", .right),
    Table.Column("SIZE", key: "size_bytes", .right), Table.Column("CHUNKS", key: "chunks", .right),
    Table.Column("EVIDENCE", key: "evidence"),
  ]
  private static let fileColumns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("FILE", key: "file"), Table.Column("STATE", key: "state"),
    Table.Column("SIZE", key: "size_bytes", .right), Table.Column("EVIDENCE", key: "evidence"),
  ]

  private let listsFiles: Bool
  private var table: Table
  private var findings: [Finding] = []
  private var bytes: UInt64 = 0
  private var good = 0
  private var doubtful = 0
  private var bad = 0
  private var unproved = 0
  /// Blocks that are not known to be bad and were not looked at to the end.
  private var incomplete = 0
  private var unfinished: [Unfinished] = []

  /// - Parameter listsFiles: a row for each file in place of one for each block.
  public init(listsFiles: Bool) {
    self.listsFiles = listsFiles
    table = Table(listsFiles ? Self.fileColumns : Self.blockColumns)
  }

  /// Whether nothing was checked so far.
  var isEmpty: Bool { table.rows.isEmpty }

  public mutating func add(_ report: BlockReport) {
    switch report.state {
    case .bad: bad += 1
    case .warning: doubtful += 1
    case .unproved: unproved += 1
    case .unfinished: incomplete += 1
    case .good: good += 1
    }
    findings += report.findings
    unfinished += report.unfinished
    let size = report.files.reduce(0) { $0 &+ $1.size }
    bytes &+= size
    if listsFiles { appendFiles(report) } else { appendBlock(report, size: size) }
  }

  private mutating func appendBlock(_ report: BlockReport, size: UInt64) {
    table.append([
      .text(report.ulid.description), .text(report.state.rawValue), .count(report.files.count), .bytes(size),
      .count(report.chunksChecked), .text(Self.evidence(report)),
    ])
  }

  private mutating func appendFiles(_ report: BlockReport) {
    for (file, verdict) in report.verdicts {
      table.append([
        .text(report.ulid.description), .text(file.path), .text(verdict.rawValue), .bytes(file.size),
        .text(Self.words(file.evidence)),
      ])
    }
  }

  /// What holds for index and segments alike: the files that become objects of their own.
  private static func evidence(_ report: BlockReport) -> String {
    let data = report.files.filter { $0.path == BlockFolder.indexName || $0.path.hasPrefix(BlockFolder.chunksName + "/") }
    guard let first = data.first?.evidence else { return "" }
    return words(data.dropFirst().reduce(first) { $0.intersection($1.evidence) })
  }

  private static func words(_ evidence: Set<FileReport.Evidence>) -> String {
    evidence.sorted().map(\.rawValue).joined(separator: ", ")
  }

  /// The table, the findings and a line of totals.
  public var text: String {
    var text = table.rows.isEmpty ? "" : table.text(.table)
    for finding in findings {
      let place = finding.offset.map { "\(finding.file): offset \($0)" } ?? finding.file
      text += TerminalText.escaped("\(finding.severity.rawValue): \(finding.id.rawValue): \(place): \(finding.message)") + "\n"
    }
    for left in unfinished { text += TerminalText.escaped("unfinished: \(left.file): \(left.reason)") + "\n" }
    let count = findings.reduce(0) { $0 + $1.occurrences }
    let others = [(unproved, "unproved"), (doubtful, "with warnings"), (incomplete, "unfinished")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1), " }.joined()
    return text + "\(good) good, \(others)\(bad) bad,"
      + " \(count) \(count == 1 ? "finding" : "findings"), \(ByteSize.text(bytes)) checked\n"
  }

  /// What was not looked at outweighs what was found: then not everything is known.
  public var status: ExitStatus {
    if !unfinished.isEmpty { return .unfinished }
    return findings.contains { $0.severity > .note } ? .findings : .good
  }

  /// Takes in what was found in the bucket as a whole.
  public mutating func add(_ report: BucketReport) {
    findings += report.findings
    unfinished += report.unfinished
  }

  /// To be called when everything was checked: nothing at all is no proof of anything.
  /// - Parameter place: the folder or the bucket.
  public mutating func finish(_ place: String) {
    guard good + unproved + doubtful + incomplete + bad == 0 else { return }
    findings.append(Finding(.noBlocks, block: nil, file: place, "no block found; is the path, bucket or prefix right?"))
  }
}
