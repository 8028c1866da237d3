import OrderedJSON
import TSDB
import Thanos

/// Holds a bucket's meta.json against the local one: Thanos adds its own section, and everything else must be the same.
struct MetaComparison {
  let local: BlockMeta
  let remote: BlockMeta

  /// The keys that differ, each with what stands on either side. The order of keys means nothing.
  func differences() -> [(key: String, local: JSONValue?, remote: JSONValue?)] {
    let keys = local.document.members.map(\.key) + remote.document.members.map(\.key).filter { local.document[$0] == nil }
    return keys.filter { !$0.utf8.elementsEqual(ThanosSection.key.utf8) }.compactMap { key in
      let here = local.document[key]
      let there = remote.document[key]
      return here.map(Self.sorted) == there.map(Self.sorted) ? nil : (key, here, there)
    }
  }

  private static func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
          .reduce(into: [:] as JSONObject) { $0[$1.key] = sorted($1.value) })
    case .array(let elements): .array(elements.map(sorted))
    default: value
    }
  }
}
