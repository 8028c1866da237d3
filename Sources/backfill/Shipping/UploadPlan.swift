public import TSDB
public import Thanos

/// What is to happen with each block of a data folder, and why.
public struct UploadPlan: Sendable {
  /// Oldest first, by the time of the data; blocks whose time is unknown come last.
  public let blocks: [PlannedBlock]
  /// Folders that Prometheus left half-made or half-deleted.
  public let leftovers: [String]
  /// Why nobody can say whether there are more blocks: the rest of the source could not be read.
  public let damage: (any Error)?

  public var uploads: [PlannedBlock] { blocks.filter { if case .upload = $0.decision { true } else { false } } }
}

extension UploadPlan {
  /// The blocks of the bucket that any upload overlaps with.
  var overlapped: Set<ULID> {
    blocks.reduce(into: []) { all, block in
      if case .upload(let overlaps) = block.decision { all.formUnion(overlaps.map(\.ulid)) }
    }
  }

  /// The plan without overlaps with blocks that are about to be deleted: those concern nobody (trap 1).
  func withoutOverlaps(with doomed: Set<ULID>) -> UploadPlan {
    let kept = blocks.map { block in
      guard case .upload(let overlaps) = block.decision else { return block }
      let remaining = overlaps.filter { !doomed.contains($0.ulid) }
      return PlannedBlock(
        folder: block.folder, local: block.local, decision: .upload(overlaps: remaining), size: block.size)
    }
    return UploadPlan(blocks: kept, leftovers: leftovers, damage: damage)
  }
}

public struct PlannedBlock: Sendable {
  public let folder: BlockFolder
  /// `nil` when meta.json could not be read; the decision then is `.broken`.
  public let local: BlockDescription?
  public let decision: Decision
  /// Bytes of index and segments; 0 where they could not be looked at.
  public let size: UInt64

  public var ulid: ULID { folder.ulid }
}

public enum Decision: Sendable {
  /// - overlaps: blocks of the bucket with the same labels and resolution that share time with this one.
  case upload(overlaps: [BlockSpan])
  /// The bucket has this very block.
  case alreadyThere
  /// The bucket has a block of the same labels and resolution that was compacted from this one.
  case compactedInto(ULID)
  /// It holds no sample.
  case empty
  /// meta.json cannot be read, or says what cannot be.
  case broken(any Error)
  /// The block must not go in under these labels, or the bucket holds something else under its name.
  case conflict(String)
}
