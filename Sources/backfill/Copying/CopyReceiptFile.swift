import Delivery
import OrderedJSON
import Platform
import Quantities
import TSDB
import Thanos

/// `--report`: one JSON line for every block of a plan, written as soon as its fate is known, and added to what the file
/// holds.
struct CopyReceiptFile: Sendable {
  private let file: AppendFile
  private let source: String
  private let destination: String
  private let proofs: CopyProofs

  /// Blocks.
  /// - Throws: `FileError`.
  init(_ path: String, from source: String, to destination: String, proofs: CopyProofs) throws(FileError) {
    file = try AppendFile(path)
    try file.endTornLine()
    self.source = source
    self.destination = destination
    self.proofs = proofs
  }

  /// - Throws: `FileError`.
  func add(_ block: PlannedCopy, _ outcome: BucketCopy.Outcome) async throws {
    let line = JSONValue.object(document(block, outcome)).bytes()
    try await BlockingPool.shared.run { [file] in try file.append(line, durably: true) }
  }

  private func document(_ block: PlannedCopy, _ outcome: BucketCopy.Outcome) -> JSONObject {
    var document: JSONObject = ["block": .string(block.ulid.description), "result": .string(block.result(outcome))]
    document["reason"] = block.reason(outcome).map { .string($0) }
    document["from"] = .string(source)
    document["bucket"] = .string(destination)
    if let description = block.description {
      document["labels"] = .object(
        JSONObject(
          members: description.labels.labels.map { JSONObject.Member(key: $0.name, value: .string($0.value)) }))
      document["min_time"] = .string(Timestamp.text(description.meta.minTime))
      document["max_time"] = .string(Timestamp.text(description.meta.maxTime))
      document["level"] = .integer(description.meta.compaction.level)
      document["resolution_ms"] = .integer(description.resolution.milliseconds)
    }
    guard case .copied(let receipt) = outcome else { return document }
    for member in receipt.document.members { document[member.key] = member.value }
    // What the source's bytes were held against, beside what shows that they arrived.
    document["objects"] = .array(
      (receipt.document["objects"]?.array ?? []).map { value in
        guard var object = value.object, let proof = object["key"]?.string.flatMap(proofs.take) else { return value }
        object["source_checked_by"] = .string(proof.rawValue)
        return .object(object)
      })
    return document
  }
}
