import Delivery
import OrderedJSON
import Platform
import Quantities
import TSDB
import Thanos

/// `--report`: one JSON line for every block of a plan, written as soon as its fate is known.
///
/// Lines are added to what the file holds, so that the runs it takes until everything is there leave one receipt.
struct ReceiptFile: Sendable {
  private let file: AppendFile
  private let labels: ExternalLabels
  private let bucket: String
  private let reported: ReportedLines?

  /// Blocks.
  /// - Parameter reported: by runs before this one, where a line is not to be repeated.
  /// - Throws: `FileError`.
  init(_ path: String, labels: ExternalLabels, bucket: String, reported: ReportedLines? = nil) throws(FileError) {
    self.reported = reported
    file = try AppendFile(path)
    try file.endTornLine()
    self.labels = labels
    self.bucket = bucket
  }

  /// - Throws: `FileError`.
  func add(_ block: PlannedBlock, _ outcome: Backfill.Outcome) async throws {
    let line = JSONValue.object(document(block, outcome)).bytes()
    if let reported, reported.isLast(line, of: block.ulid) { return }
    try await BlockingPool.shared.run { [file] in try file.append(line, durably: true) }
    reported?.note(line, of: block.ulid)
  }

  private func document(_ block: PlannedBlock, _ outcome: Backfill.Outcome) -> JSONObject {
    var document: JSONObject = ["block": .string(block.ulid.description), "result": .string(block.result(outcome))]
    document["reason"] = block.reason(outcome).map { .string($0) }
    document["bucket"] = .string(bucket)
    document["labels"] = .object(
      JSONObject(members: labels.labels.map { JSONObject.Member(key: $0.name, value: .string($0.value)) }))
    if let meta = block.local?.meta {
      document["min_time"] = .string(Timestamp.text(meta.minTime))
      document["max_time"] = .string(Timestamp.text(meta.maxTime))
      document["level"] = .integer(meta.compaction.level)
    }
    if case .uploaded(let receipt) = outcome {
      for member in receipt.document.members { document[member.key] = member.value }
    }
    return document
  }
}
