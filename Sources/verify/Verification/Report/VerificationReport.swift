import Console
import Quantities
import TSDB

/// What a verification found, for people: a row for each block or file, the worst findings, and the totals.
struct VerificationReport: Sendable {
  private let maxFindings: Int
  private var rows: ReportRows
  private var findings: KeptFindings
  /// The first of what could not be looked at.
  private var unfinished: [Unfinished] = []
  /// Where the other findings are, if they are anywhere: `--report`.
  private let allFindings: String?

  /// - Parameters:
  ///   - listsFiles: a row for each file in place of one for each block.
  ///   - maxFindings: how many findings are shown at most. Counted are all of them.
  ///   - allFindings: the file that has them.
  init(listsFiles: Bool, maxFindings: Int = 100, allFindings: String? = nil) {
    self.maxFindings = maxFindings
    self.allFindings = allFindings
    rows = ReportRows(listsFiles: listsFiles)
    findings = KeptFindings(limit: maxFindings)
  }

  mutating func add(_ report: BlockReport) {
    rows.append(report)
    findings.add(report.findings)
    keep(report.unfinished)
  }

  mutating func add(_ report: BucketReport) {
    findings.add(report.findings)
    keep(report.unfinished)
  }

  private mutating func keep(_ more: [Unfinished]) {
    unfinished += more.prefix(max(0, maxFindings - unfinished.count))
  }

  /// Writes the table, the findings, what could not be looked at, and the totals, a line at a time.
  func write(_ end: RunEnd, _ write: (String) throws -> Void) throws {
    if !rows.isEmpty { try rows.write(write) }
    try writeFindings(end.totals, write)
    try writeUnfinished(end.totals, write)
    try write(Self.line(of: end.totals) + "\n")
    switch end.ending {
    case .complete: break
    case .budget(let words): try write(TerminalText.escaped(words) + "\n")
    case .early: try write("ended early: not every block was checked\n")
    }
  }

  private func writeFindings(_ totals: RunTotals, _ write: (String) throws -> Void) throws {
    guard findings.count > 0 else { return }
    let shown = findings.shown
    if !rows.isEmpty { try write("\n") }
    for finding in shown { try write(finding.line + "\n") }
    let rest = findings.count - shown.reduce(0) { $0 + $1.occurrences }
    if rest > 0 {
      let place = TerminalText.escaped(allFindings ?? "--report FILE")
      let bound = Cell.grouped(Int64(FaultList.kept))
      try write("… and \(Cell.grouped(Int64(rest))) more; \(place) names all, up to \(bound) of a kind in a file\n")
    }
    try FindingCounts.write(totals, write)
  }

  private func writeUnfinished(_ totals: RunTotals, _ write: (String) throws -> Void) throws {
    for place in unfinished { try write(TerminalText.escaped("unfinished: \(place.file): \(place.reason)") + "\n") }
    let rest = totals.unfinished - unfinished.count
    if rest > 0 { try write("… and \(Cell.grouped(Int64(rest))) more that could not be looked at\n") }
  }

  /// `3 good, 1 bad, 2 findings, 4.23 MiB checked`
  static func line(of totals: RunTotals) -> String {
    func text(_ state: BlockReport.State, _ words: String, always: Bool = false) -> String? {
      let count = totals.blocks[state] ?? 0
      return count > 0 || always ? "\(Cell.grouped(Int64(count))) \(words)" : nil
    }
    var parts = [
      text(.good, "good", always: true), text(.unproved, "unproved"), text(.warning, "with warnings"),
      text(.unfinished, "unfinished"), text(.bad, "bad", always: true),
    ].compactMap(\.self)
    parts.append("\(Cell.grouped(Int64(totals.findingCount))) \(totals.findingCount == 1 ? "finding" : "findings")")
    parts.append("\(ByteSize.text(totals.size)) checked")
    if totals.bytesRead > 0 { parts.append("\(ByteSize.text(totals.bytesRead)) read") }
    return parts.joined(separator: ", ")
  }
}

/// How often each kind of finding came up, as a table.
enum FindingCounts {
  private static let columns = [
    Table.Column("SEVERITY", key: "severity"), Table.Column("FINDING", key: "id"),
    Table.Column("FOUND", key: "found", .right), Table.Column("BLOCKS", key: "blocks", .right),
  ]

  static func write(_ totals: RunTotals, _ write: (String) throws -> Void) throws {
    let rows = totals.findings
      .sorted { ($1.key.severity, $0.key.rawValue) < ($0.key.severity, $1.key.rawValue) }
      .map { id, count -> [Cell] in
        [.text(id.severity.rawValue), .text(id.rawValue), .count(count.occurrences), .count(count.blocks)]
      }
    guard !rows.isEmpty else { return }
    try write("\n")
    try Table.forEachAlignedLine(columns, rows) { try write($0 + "\n") }
    try write("What a finding means, and what to do: verify explain \(rows.count == 1 ? rows[0][1].name : "ID")\n\n")
  }
}

extension Cell {
  fileprivate var name: String { if case .text(let text) = self { text } else { "ID" } }
}

extension Finding {
  /// One line for a terminal: severity, kind, place, series, words.
  var line: String {
    var parts = ["\(severity.rawValue)", id.rawValue]
    // Nearly every path and key holds the block's name.
    if let block, !file.contains(block.description) { parts.append(block.description) }
    parts.append(offset.map { "\(file): offset \($0)" } ?? file)
    if let series { parts.append(series) }
    return TerminalText.escaped((parts + [message]).joined(separator: ": "))
  }
}
