import TSDB
import Thanos

/// Markers in the folder that Cortex and Mimir keep for all blocks, whose block is gone. Those in a block's own folder
/// are found when the block is looked at.
enum OrphanMarkers: BucketCheck {
  static func findings(in inventory: BucketInventory) -> [Finding] {
    inventory.entries.filter { $0.value.objects == 0 && $0.value.markers.isEmpty && !$0.value.globalMarkers.isEmpty }
      .sorted { $0.key < $1.key }
      .flatMap { ulid, entry in
        entry.globalMarkers.map(\.fileName).sorted().map { name in
          Finding(
            .orphanMarker, block: ulid, file: "markers/\(ulid)-\(name)",
            "there is no such block any more; delete this object")
        }
      }
  }
}
