import Quantities
import TSDB
import Thanos

/// What is to be done to a block of a bucket, so that it is a copy of the local one again.
struct RepairDraft: Sendable {
  /// An object that is to be sent again.
  struct Object: Sendable {
    /// Relative to the block.
    let path: String
    /// Bytes.
    let size: UInt64
    /// Why, in words.
    let reason: String
  }

  let folder: BlockFolder
  /// The local meta.json as it was when the block was checked.
  let local: BlockMeta
  /// The SHA-256 of index and segments, by path, of the bytes that were checked.
  let hashes: [String: String]
  let objects: [Object]
  /// The meta.json that the block has in the end.
  let meta: [UInt8]
  /// What the bucket has now; `nil` where an earlier repair took it away and did not come to its end.
  let present: [UInt8]?
  /// Where that one kept it.
  let keptPath: String?

  var objectsInBucket: BlockObjects { BlockObjects(folder.ulid) }
  var replacesMeta: Bool { present != meta }
  var isEmpty: Bool { objects.isEmpty && !replacesMeta }
  /// Bytes to send, meta.json left out.
  var size: UInt64 { objects.reduce(0) { $0 &+ $1.size } }

  /// A line for each step.
  var lines: [String] {
    let prefix = "repair: \(folder.ulid): "
    return metaSteps.map { "\(prefix)\(BlockMeta.fileName): \($0)" }
      + objects.map { "\(prefix)\($0.path): send \(ByteSize.text($0.size)): \($0.reason)" }
  }

  private var metaSteps: [String] {
    guard present != nil else {
      return ["put it back last, which an earlier repair took away and kept in \(keptPath ?? "")"]
    }
    return (objects.isEmpty ? [] : ["take it away, and put it back last"])
      + (replacesMeta ? ["write it as the local block has it, its labels kept"] : [])
  }
}

/// What can be done for a block.
enum RepairAssessment: Sendable {
  /// The bucket has a true copy of it.
  case nothing
  case draft(RepairDraft)
  /// Why nothing is done, in words.
  case refused(String)
}
