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
    let evidence: EvidenceSets

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

  /// What index and segments are known by: the files that become objects of their own. Each combination once, the
  /// weakest first: one file's proof says nothing of another.
  private static func evidence(_ report: BlockReport) -> EvidenceSets {
    let segments = BlockFolder.chunksName + "/"
    let data = report.files.filter { $0.path == BlockFolder.indexName || $0.path.hasPrefix(segments) }
    return EvidenceSets(data.map { EvidenceSet($0.evidence) })
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
  fileprivate let bits: UInt8

  init(_ evidence: Set<FileReport.Evidence>) {
    bits = FileReport.Evidence.allCases.enumerated().reduce(0) { bits, kind in
      evidence.contains(kind.element) ? bits | 1 << UInt8(kind.offset) : bits
    }
  }

  fileprivate init(bits: UInt8) { self.bits = bits }

  var words: String {
    FileReport.Evidence.allCases.enumerated().filter { bits & 1 << UInt8($0.offset) != 0 }.map(\.element.rawValue)
      .joined(separator: ", ")
  }
}

/// The different sets of evidence that the files of a block have: a bit for each of the 64 that there can be.
private struct EvidenceSets: Sendable {
  private let bits: UInt64

  init(_ sets: [EvidenceSet]) { bits = sets.reduce(0) { $0 | 1 << UInt64($1.bits & 63) } }

  /// Without a stronger kind is weaker than with it, so that the order is that of the numbers.
  var words: String {
    let sets = (0..<UInt8(64)).filter { bits & 1 << UInt64($0) != 0 }.map { EvidenceSet(bits: $0).words }
    return sets == [""] ? "" : sets.map { $0.isEmpty ? "none" : $0 }.joined(separator: " / ")
  }
}
