import TSDB
import Thanos

/// Blocks without external labels: Thanos takes those of all Prometheis for one's, and compacts them with each other.
enum UnlabelledBlocks: BucketCheck {
  static let message = "no external labels: Thanos cannot tell whose block this is, and mixes it with all others like it"

  static func findings(in inventory: BucketInventory) -> [Finding] {
    inventory.liveBlocks.filter(\.labels.isEmpty).map { block in
      Finding(.noExternalLabels, block: block.ulid, file: BlockObjects(block.ulid).meta, message)
    }
  }
}
