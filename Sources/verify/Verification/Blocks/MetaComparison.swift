import OrderedJSON
import TSDB
import Thanos

/// Holds a bucket's meta.json against the local one: Thanos adds its own section, and everything else must be the same.
struct MetaComparison {
  let local: BlockMeta
  let remote: BlockMeta

  /// The keys that differ, each with what stands on either side. The order of keys means nothing.
  func differences() -> [(key: String, local: JSONValue?, remote: JSONValue?)] {
    let (here, there) = (Self.values(local), Self.values(remote))
    let keys = local.document.members.map(\.key) + remote.document.members.map(\.key).filter { here[Array($0.utf8)] == nil }
    return keys.compactMap { key in
      let (mine, theirs) = (here[Array(key.utf8)], there[Array(key.utf8)])
      return mine.map(Self.sorted) == theirs.map(Self.sorted) ? nil : (key, mine, theirs)
    }
  }

  /// By the bytes of the keys; Thanos' own section left out, and the number of deletions, which Prometheus changes in a
  /// block that has long been sent: see `LostDeletions`.
  private static func values(_ meta: BlockMeta) -> [[UInt8]: JSONValue] {
    var values: [[UInt8]: JSONValue] = [:]
    for member in meta.document.members where member.key != ThanosSection.key {
      values[Array(member.key.utf8)] = member.key == "stats" ? withoutDeletions(member.value) : member.value
    }
    return values
  }

  private static func withoutDeletions(_ stats: JSONValue) -> JSONValue {
    guard var stats = stats.object else { return stats }
    stats["numTombstones"] = nil
    return .object(stats)
  }

  private static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          members: object.members.map { .init(key: $0.key, value: sorted($0.value)) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }))
    case .array(let elements): .array(elements.map(sorted))
    default: value
    }
  }
}
