public import Console
import OrderedJSON
import Platform
import Quantities
import TSDB

/// What `verify status` prints.
public struct CoverageReport: Sendable {
  private static let columns = [
    Table.Column("SOURCE", key: "source"), Table.Column("BLOCKS", key: "blocks", .right),
    Table.Column("LEVEL", key: "level"), Table.Column("7D", key: "within_7d", .right),
    Table.Column("30D", key: "within_30d", .right), Table.Column("EVER", key: "ever", .right),
    Table.Column("OLDEST", key: "oldest"),
  ]
  /// Blocks that the table names of each kind of finding; json has all of them.
  private static let namedBlocks = 5

  private let sources: [Coverage]
  private let now: Int64

  /// - Throws: an error with status 2 for a file that is no ledger, or is not there.
  public init(ledger path: String) async throws {
    let contents = try await BlockingPool.shared.run {
      guard (try? Directory.status(of: path)) != nil else { throw LedgerError.missing(path) }
      return try LedgerContents(path)
    }
    self.init(contents, now: WallClock.milliseconds)
  }

  /// - Parameter now: milliseconds since 1970.
  init(_ contents: LedgerContents, now: Int64) {
    self.now = now
    sources = Set(contents.sources.keys).union(contents.wholes.keys).sorted().map { source in
      Coverage(of: source, contents.sources[source] ?? [:], whole: contents.wholes[source], now: now)
    }
  }

  public var status: ExitStatus {
    sources.contains { $0.standing.contains { $0.severity > .note } } ? .findings : .good
  }

  public func text(_ format: OutputOptions.Format) -> String {
    switch format {
    case .table: table
    case .json: TerminalText.jsonEscaped(document.text(indent: "  ")) + "\n"
    }
  }

  private var table: String {
    guard !sources.isEmpty else { return "nothing was checked yet\n" }
    var table = Table(Self.columns)
    for source in sources {
      for depth in source.depths {
        table.append([
          .text(source.source), .count(source.blocks), .text(depth.level.rawValue), .count(depth.withinWeek),
          .count(depth.withinMonth), .count(depth.ever), depth.oldest.map { .time($0) } ?? .empty,
        ])
      }
    }
    return table.text(.table) + sources.map(Self.findings).joined()
  }

  private static func findings(_ source: Coverage) -> String {
    guard !source.standing.isEmpty else { return "" }
    let lines = source.standing.map { standing in
      let whole = standing.isOfWhole ? ["the bucket as a whole"] : []
      let names = (whole + standing.blocks.prefix(namedBlocks).map(\.description)).joined(separator: ", ")
      let more = standing.blocks.count - namedBlocks
      return "\(standing.severity.rawValue): \(standing.id): \(Cell.grouped(Int64(standing.occurrences))) in \(names)"
        + (more > 0 ? " and \(Cell.grouped(Int64(more))) more blocks" : "")
    }
    return "\nstanding against \(TerminalText.escaped(source.source)):\n"
      + lines.map { TerminalText.escaped($0) + "\n" }.joined()
  }

  private var document: JSONValue {
    .object([
      "version": .integer(BlockReport.documentVersion), "now": .string(Timestamp.text(now)),
      "sources": .array(sources.map { .object($0.document) }),
    ])
  }
}

extension Coverage {
  fileprivate var document: JSONObject {
    [
      "source": .string(source), "blocks": .integer(blocks),
      "levels": .array(
        depths.map { depth in
          .object([
            "level": .string(depth.level.rawValue), "within_7d": .integer(depth.withinWeek),
            "within_30d": .integer(depth.withinMonth), "ever": .integer(depth.ever),
            "oldest": depth.oldest.map { .string(Timestamp.text($0)) } ?? .null,
          ])
        }),
      "findings": .array(
        standing.map { standing in
          .object([
            "id": .string(standing.id), "severity": .string(standing.severity.rawValue),
            "found": .integer(standing.occurrences),
            "blocks": .array(standing.blocks.map { .string($0.description) }),
            "bucket": .bool(standing.isOfWhole),
          ])
        }),
    ]
  }
}
