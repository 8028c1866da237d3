import OrderedJSON
import Quantities
import TSDB

/// A line of a ledger: a block, with a check of it or without, or a look at the bucket as a whole.
struct LedgerLine: Equatable, Sendable {
  enum Event: Equatable, Sendable {
    /// The block is in the source.
    case known
    case check(LedgerEntry.Check, VerificationLevel)
    case tried(Int64, VerificationLevel)
  }

  let source: String
  /// `nil` for the bucket as a whole. Programs that know no such lines leave them out.
  let block: ULID?
  let event: Event

  static let version: Int64 = 1
  private static let kind = "verify"

  /// The first line of a ledger.
  static var head: [UInt8] {
    JSONValue.object(["ledger": .string(kind), "version": .integer(version)]).bytes() + [0x0A]
  }

  /// The version that a first line gives; `nil` if it is none of a ledger.
  static func version(ofHead line: [UInt8]) -> Int64? {
    guard let document = (try? JSONValue(parsing: line))?.object, document["ledger"]?.string == kind else { return nil }
    return document["version"]?.int64
  }

  var bytes: [UInt8] {
    var document: JSONObject = ["source": .string(source)]
    if let block { document["block"] = .string(block.description) } else { document["whole"] = .bool(true) }
    switch event {
    case .known: break
    case .check(let check, let level):
      document["level"] = .string(level.rawValue)
      document["checked"] = .string(Timestamp.text(check.time))
      let findings = check.findings.sorted { $0.key < $1.key }
      document["findings"] = .object(
        JSONObject(members: findings.map { JSONObject.Member(key: $0.key, value: .integer($0.value)) }))
    case .tried(let time, let level):
      document["level"] = .string(level.rawValue)
      document["tried"] = .string(Timestamp.text(time))
    }
    return JSONValue.object(document).bytes() + [0x0A]
  }

  init(source: String, block: ULID?, _ event: Event) { (self.source, self.block, self.event) = (source, block, event) }

  /// - Returns: `nil` for a line that is torn.
  init?(_ line: [UInt8]) {
    guard let document = (try? JSONValue(parsing: line))?.object, let source = document["source"]?.string else {
      return nil
    }
    let block = document["block"]?.string.flatMap { ULID($0) }
    guard block != nil || document["whole"]?.bool == true else { return nil }
    self.init(source: source, block: block, Self.event(of: document))
  }

  private static func event(of document: JSONObject) -> Event {
    guard let level = document["level"]?.string.flatMap(VerificationLevel.init(rawValue:)) else { return .known }
    func time(_ key: String) -> Int64? { document[key]?.string.flatMap(Timestamp.parse) }
    if let checked = time("checked") {
      let findings = (document["findings"]?.object?.members ?? []).compactMap { member in
        member.value.int64.map { (member.key, Int(clamping: $0)) }
      }
      return .check(.init(time: checked, findings: Dictionary(findings) { first, _ in first }), level)
    }
    return time("tried").map { .tried($0, level) } ?? .known
  }
}
