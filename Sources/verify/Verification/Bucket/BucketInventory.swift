import ObjectStore
import Platform
import TSDB
import Thanos

/// What lies in a bucket, by block: from one listing of everything, and every block's meta.json.
struct BucketInventory: Sendable {
  /// What a listing tells of one block.
  struct Entry: Sendable {
    /// Markers in the block's own folder.
    var markers: Set<Marker.Kind> = []
    /// Objects other than markers.
    var objects = 0
    /// Markers in the folder that Cortex and Mimir keep for all blocks.
    var globalMarkers: Set<Marker.Kind> = []
  }

  private(set) var entries: [ULID: Entry] = [:]
  /// Those with a meta.json that can be read, oldest first.
  private(set) var blocks: [BlockDescription] = []

  /// - Throws: `BucketError`.
  init(of bucket: any Bucket) async throws {
    var entries: [ULID: Entry] = [:]
    try await bucket.forEachPage(prefix: "", style: .recursive) { page in
      for object in page.objects { Self.enter(object.key, into: &entries) }
    }
    self.entries = entries
  }

  init(entries: [ULID: Entry], blocks: [BlockDescription]) {
    self.entries = entries
    self.blocks = blocks.sorted { ($0.meta.minTime, $0.ulid) < ($1.meta.minTime, $1.ulid) }
  }

  /// The blocks that have a folder of their own.
  var ulids: [ULID] { entries.filter { $0.value.objects > 0 || !$0.value.markers.isEmpty }.map(\.key).sorted() }

  func adding(_ blocks: [BucketBlock]) -> BucketInventory {
    BucketInventory(entries: entries, blocks: blocks.compactMap(\.description))
  }

  /// The blocks that Thanos goes by: those about to be deleted no longer count.
  var liveBlocks: [BlockDescription] { blocks.filter { !has(.deletion, $0.ulid) } }

  func has(_ marker: Marker.Kind, _ ulid: ULID) -> Bool {
    guard let entry = entries[ulid] else { return false }
    return entry.markers.contains(marker) || entry.globalMarkers.contains(marker)
  }

  private static let globalFolder = "markers/"

  private static func enter(_ key: String, into entries: inout [ULID: Entry]) {
    let parts = key.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1)
    guard parts.count == 2 else { return }
    let (folder, name) = (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
    if let ulid = ULID(folder) {
      if let kind = Marker.Kind.allCases.first(where: { $0.fileName == name }) {
        entries[ulid, default: Entry()].markers.insert(kind)
      } else {
        entries[ulid, default: Entry()].objects += 1
      }
    } else if key.hasPrefix(globalFolder), let ulid = ULID(name.prefix(26)),
      let kind = Marker.Kind.allCases.first(where: { name == "\(ulid)-\($0.fileName)" })
    {
      entries[ulid, default: Entry()].globalMarkers.insert(kind)
    }
  }
}

/// Looks at a bucket as a whole.
protocol BucketCheck {
  static func findings(in inventory: BucketInventory) -> [Finding]
}

enum BucketChecks {
  private static var all: [any BucketCheck.Type] {
    [
      OverlappingBlocks.self, DuplicateCompactions.self, TimeGaps.self, OrphanMarkers.self, UnlabelledBlocks.self,
      MissingDownsamples.self,
    ]
  }

  static func run(_ inventory: BucketInventory) -> BucketReport {
    BucketReport(findings: all.flatMap { $0.findings(in: inventory) })
  }
}
