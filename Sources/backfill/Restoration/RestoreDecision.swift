import ObjectStore
public import TSDB

/// What is to happen with a block of the bucket.
public enum RestoreDecision: Sendable {
  case restore
  /// The folder has this very block.
  case alreadyThere
  /// The folder, or this run, has a block that was compacted from it.
  case superseded(by: ULID)
  /// Thanos' compactor is about to delete it: it was merged into another, or is too old.
  case markedForDeletion
  /// Aggregates that only Thanos reads.
  case downsampled(milliseconds: Int64, isAskedFor: Bool)
  /// Objects without a meta.json.
  case partial(isAskedFor: Bool)
  /// meta.json cannot be read.
  case unreadable(any Error)
  /// The folder has something else under its name.
  case conflict(String)
  /// The bucket has it damaged, or with names that are none of a block's.
  case refused(any Error)

  public var isRestore: Bool { if case .restore = self { true } else { false } }

  /// The error of a block that should come and does not; `nil` for one that comes or is rightly left out.
  public var failure: (any Error)? {
    switch self {
    case .unreadable(let error), .refused(let error): error
    case .conflict: NotRestored(reason: reason)
    case .downsampled(_, let isAskedFor), .partial(let isAskedFor): isAskedFor ? NotRestored(reason: reason) : nil
    case .restore, .alreadyThere, .superseded, .markedForDeletion: nil
    }
  }

  /// A word or two, for a column; scripts may go by it.
  public var name: String {
    switch self {
    case .restore: "restore"
    case .alreadyThere: "already there"
    case .superseded: "superseded"
    case .markedForDeletion: "marked for deletion"
    case .downsampled: "downsampled"
    case .partial: "partial in the bucket"
    case .unreadable: "unreadable"
    case .conflict: "conflict"
    case .refused: "refused"
    }
  }

  /// Why, in words for people.
  public var reason: String {
    switch self {
    case .restore: "the folder does not have it"
    case .alreadyThere: "the folder has this very block"
    case .superseded(let larger): "\(larger) was compacted from it and stands beside it; --id brings it all the same"
    case .markedForDeletion: "Thanos' compactor is about to delete it; --id brings it all the same"
    case .downsampled(let milliseconds, _):
      "its resolution is \(milliseconds / 1000) s: Prometheus cannot read aggregates, Thanos alone can"
    case .partial: "the bucket has objects of it but no meta.json: an upload under way or broken off"
    case .conflict(let reason): reason
    case .unreadable(let error), .refused(let error): "\(error)"
    }
  }
}

/// A block that is not restored because it would be mixed up with another, or is of no use.
public struct NotRestored: Error, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}
