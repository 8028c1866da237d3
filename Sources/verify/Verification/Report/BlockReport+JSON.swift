import OrderedJSON
import Quantities
import TSDB

// The documents of `--output json` and `--report`. Their keys are promised in docs/verify.md: new ones may come, none
// goes or changes its meaning without another version.

extension BlockReport {
  /// The version of the documents.
  static let documentVersion = 1

  var document: JSONObject {
    [
      "ulid": .string(ulid.description), "state": .string(state.name), "size_bytes": .integer(size),
      "bytes_read": .integer(bytesRead), "chunks": .integer(chunksChecked), "seconds": .seconds(seconds),
      "files": .array(
        verdicts.map { file, verdict in
          var document: JSONObject = [
            "path": .string(file.path), "state": .string(verdict.name), "size_bytes": .integer(file.size),
            "evidence": .array(file.evidence.sorted().map { .string($0.rawValue) }),
          ]
          document["sha256"] = file.sha256.map { .string($0) }
          return .object(document)
        }),
      "findings": .array(findings.map { .object($0.document) }),
      "unfinished": .array(unfinished.map { .object($0.document) }),
    ]
  }
}

extension BucketReport {
  var document: JSONObject {
    [
      "findings": .array(findings.map { .object($0.document) }),
      "unfinished": .array(unfinished.map { .object($0.document) }),
    ]
  }
}

extension Finding {
  /// What is not known is left out.
  var document: JSONObject {
    var document: JSONObject = ["id": .string(id.rawValue), "severity": .string(severity.rawValue)]
    document["block"] = block.map { .string($0.description) }
    document["file"] = .string(file)
    document["offset"] = offset.map { .integer($0) }
    document["series"] = series.map { .string($0) }
    document["message"] = .string(message)
    document["occurrences"] = .integer(occurrences)
    return document
  }
}

extension Unfinished {
  var document: JSONObject { ["file": .string(file), "reason": .string(reason)] }
}

extension RunTotals {
  var document: JSONObject {
    var blocks: JSONObject = ["checked": .integer(blocksChecked)]
    for state in BlockReport.State.allCases { blocks[state.name] = .integer(self.blocks[state] ?? 0) }
    let kinds = findings.sorted { ($1.key.severity, $0.key.rawValue) < ($0.key.severity, $1.key.rawValue) }
    return [
      "blocks": .object(blocks), "findings": .integer(findingCount),
      "findings_by_id": .array(
        kinds.map { id, count in
          [
            "id": .string(id.rawValue), "severity": .string(id.severity.rawValue), "found": .integer(count.occurrences),
            "blocks": .integer(count.blocks),
          ]
        }.map { .object($0) }),
      "unfinished": .integer(unfinished), "size_bytes": .integer(size), "bytes_read": .integer(bytesRead),
      "chunks": .integer(chunks),
    ]
  }
}

extension RunEnd {
  /// The members that close a document.
  var document: JSONObject {
    var document: JSONObject = [
      "totals": .object(totals.document), "finished": .string(Timestamp.text(finished)), "seconds": .seconds(seconds),
      "complete": .bool(ending == .complete),
    ]
    switch ending {
    case .complete: break
    case .budget(let words): document["budget_reached"] = .string(words)
    case .early(let reason): document["ended_early"] = .string(reason)
    }
    return document
  }
}

extension BlockReport.State {
  /// For programs, which need no capitals to notice.
  var name: String { rawValue.lowercased() }
}

extension BlockReport.Verdict {
  var name: String { rawValue.lowercased() }
}

extension JSONValue {
  /// Seconds with as many places as a clock is good for.
  fileprivate static func seconds(_ seconds: Double) -> JSONValue { .number(Decimals.text(max(0, seconds), places: 3)) }
}
