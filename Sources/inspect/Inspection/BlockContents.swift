import ObjectStore
import Quantities
import TSDB
import Thanos

/// The files of a block as a listing shows them.
struct BlockContents: Sendable {
  /// By their path in the block.
  private(set) var files: [(path: String, bytes: UInt64)] = []
  private(set) var markers: [Marker.Kind] = []
  /// What the listing says of meta.json and of the index; `nil` without one.
  private(set) var meta: ObjectAttributes?
  private(set) var index: ObjectAttributes?

  mutating func add(_ path: String, _ attributes: ObjectAttributes) {
    // Some stores list the folders that a console made, as empty objects.
    guard !path.isEmpty, path.utf8.last != UInt8(ascii: "/") else { return }
    files.append((path, attributes.size))
    switch path {
    case BlockMeta.fileName: meta = attributes
    case BlockFolder.indexName: index = attributes
    case _ where path.hasSuffix(".json"):
      if let kind = Marker.Kind.allCases.first(where: { $0.fileName == path }) { markers.append(kind) }
    default: break
    }
  }

  var sizes: BlockSizes { files.reduce(into: BlockSizes()) { $0.add($1.path, bytes: $1.bytes) } }

  /// What meta.json says and what is there, held against each other: what is listed there may be anything, and is shown
  /// nowhere. `ok` where nothing is amiss.
  func state(of description: BlockDescription) -> String {
    guard files.contains(where: { $0.path == BlockFolder.indexName }) else { return "no index" }
    if description.meta.stats.chunks > 0, !files.contains(where: { $0.path.hasPrefix(BlockFolder.chunksName + "/") }) {
      return "no chunks"
    }
    for file in description.thanos?.files ?? [] where file.path != BlockMeta.fileName {
      guard let size = file.size else { continue }
      guard let held = files.first(where: { $0.path.utf8.elementsEqual(file.path.utf8) }) else {
        return "\(file.path) is missing"
      }
      if held.bytes != size { return "\(file.path) has \(held.bytes) bytes, meta.json says \(size)" }
    }
    return BlockRow.ok
  }

  func row(_ ulid: ULID, _ state: BucketBlock.State, missing: String, uploaded: Int64?) -> BlockRow {
    let description: BlockDescription?
    let text: String
    switch state {
    case .whole(let whole):
      description = whole.withoutDocument
      text = self.state(of: whole)
    case .partial: (description, text) = (nil, missing)
    case .unreadable(let error): (description, text) = (nil, "unreadable: \(error)")
    }
    return BlockRow(
      ulid: ulid, description: description, sizes: sizes, index: index, markers: markers,
      uploaded: description.flatMap { $0.thanos?.uploadTime.flatMap(Self.time) ?? uploaded }, state: text)
  }

  /// Go writes a time that was never set as the first day of the year 1.
  private static func time(_ text: String) -> Int64? { text.hasPrefix("0001-") ? nil : Timestamp.parse(text) }
}
