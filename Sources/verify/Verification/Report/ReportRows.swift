import Console
import TSDB

/// The rows of a report, each as small as it can be: a bucket may have a hundred thousand blocks.
struct ReportRows: Sendable {
  private static let blockColumns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("STATE", key: "state"),
    Table.Column("FILES", key: "files", .right), Table.Column("SIZE", key: "size_bytes", .right),
    Table.Column("CHUNKS", key: "chunks", .right), Table.Column("EVIDENCE", key: "evidence"),
  ]
  private static let fileColumns = [
    Table.Column("BLOCK", key: "ulid"), Table.Column("FILE", key: "file"), Table.Column("STATE", key: "state"),
    Table.Column("SIZE", key: "size_bytes", .right), Table.Column("EVIDENCE", key: "evidence"),
  ]

  private struct BlockRow {
    let ulid: ULID
    let state: BlockReport.State
    let files: UInt32
    let size: UInt64
    let chunks: UInt64
    let evidence: EvidenceSet

    var cells: [Cell] {
      [
        .text(ulid.description), .text(state.rawValue), .count(files), .bytes(size), .count(chunks),
        .text(evidence.words),
      ]
    }
  }

  private struct FileRow {
    let ulid: ULID
    let path: String
    let verdict: BlockReport.Verdict
    let size: UInt64
    let evidence: EvidenceSet

    var cells: [Cell] {
      [.text(ulid.description), .text(path), .text(verdict.rawValue), .bytes(size), .text(evidence.words)]
    }
  }

  private let listsFiles: Bool
  private var blocks: [BlockRow] = []
  private var files: [FileRow] = []

  init(listsFiles: Bool) { self.listsFiles = listsFiles }

  var isEmpty: Bool { blocks.isEmpty && files.isEmpty }

  mutating func append(_ report: BlockReport) {
    if listsFiles {
      for (file, verdict) in report.verdicts {
        files.append(
          FileRow(
            ulid: report.ulid, path: file.path, verdict: verdict, size: file.size,
            evidence: EvidenceSet(file.evidence)))
      }
    } else {
      blocks.append(
        BlockRow(
          ulid: report.ulid, state: report.state, files: UInt32(clamping: report.files.count), size: report.size,
          chunks: report.chunksChecked, evidence: Self.evidence(report)))
    }
  }

  /// What holds for index and segments alike: the files that become objects of their own.
  private static func evidence(_ report: BlockReport) -> EvidenceSet {
    let segments = BlockFolder.chunksName + "/"
    let data = report.files.filter { $0.path == BlockFolder.indexName || $0.path.hasPrefix(segments) }
    guard let first = data.first?.evidence else { return EvidenceSet([]) }
    return EvidenceSet(data.dropFirst().reduce(first) { $0.intersection($1.evidence) })
  }

  /// Writes a heading and the rows, a line at a time.
  func write(_ write: (String) throws -> Void) throws {
    if listsFiles {
      try Table.forEachAlignedLine(Self.fileColumns, files.lazy.map(\.cells)) { try write($0 + "\n") }
    } else {
      try Table.forEachAlignedLine(Self.blockColumns, blocks.lazy.map(\.cells)) { try write($0 + "\n") }
    }
  }
}

/// Kinds of evidence in one byte.
private struct EvidenceSet: Sendable {
  private let bits: UInt8

  init(_ evidence: Set<FileReport.Evidence>) {
    bits = FileReport.Evidence.allCases.enumerated().reduce(0) { bits, kind in
      evidence.contains(kind.element) ? bits | 1 << UInt8(kind.offset) : bits
    }
  }

  var words: String {
    FileReport.Evidence.allCases.enumerated().filter { bits & 1 << UInt8($0.offset) != 0 }.map(\.element.rawValue)
      .joined(separator: ", ")
  }
}
