import Console
import OrderedJSON
import Quantities

/// `--output json`: one document, a block a line, written while the run lasts.
///
/// A run that ends early closes it all the same, with a member that says so. Only of one that is killed is it cut off.
struct JSONOutput: ReportSink {
  private let write: (String) throws -> Void
  private var hasBlocks = false
  private var isOpen = false
  private var bucket = BucketReport()

  init(write: @escaping (String) throws -> Void) { self.write = write }

  mutating func begin(_ run: RunDescription) async throws {
    isOpen = true
    let head: JSONObject = [
      "version": .integer(BlockReport.documentVersion), "program": .string("verify \(Version.number)"),
      "started": .string(Timestamp.text(run.started)), "source": .string(run.source),
      "level": .string(run.level.rawValue),
    ]
    try put(Self.members(of: head) + ",\"blocks\":[", opening: "{")
  }

  mutating func add(_ report: BlockReport) async throws {
    try put(JSONValue.object(report.document).text(), opening: hasBlocks ? ",\n" : "\n")
    hasBlocks = true
  }

  /// Kept to the end: the blocks are one list. What is found of a bucket as a whole grows with its faults, not with its
  /// blocks.
  mutating func add(_ report: BucketReport) async throws {
    bucket.findings += report.findings
    bucket.unfinished += report.unfinished
  }

  mutating func finish(_ end: RunEnd) async throws {
    guard isOpen else { return }
    isOpen = false
    var tail: JSONObject = ["bucket": .object(bucket.document)]
    for member in end.document.members { tail[member.key] = member.value }
    try put("],\n" + Self.members(of: tail) + "}\n", opening: "\n")
  }

  private func put(_ text: String, opening: String) throws { try write(opening + TerminalText.jsonEscaped(text)) }

  /// An object's text without its braces.
  private static func members(of object: JSONObject) -> String {
    String(JSONValue.object(object).text().dropFirst().dropLast())
  }
}
