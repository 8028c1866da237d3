public import TSDB

/// What is to happen with a block of the source.
public enum CopyDecision: Sendable {
  case copy
  /// The destination has objects of it but no meta.json: an earlier copy that did not come to its end.
  case goOn
  /// The destination has this very block.
  case alreadyThere
  /// The destination has a block of the same labels and resolution that was compacted from this one.
  case compactedInto(ULID)
  /// Thanos is about to delete it from the source.
  case markedForDeletion
  /// Objects without a meta.json in the source: an upload under way, or one broken off.
  case partialInSource(isAskedFor: Bool)
  /// The source lists it with objects missing, of other sizes, or with names that no block has.
  case damaged(any Error)
  /// Its meta.json cannot be read.
  case unreadable(any Error)
  /// The destination has something else under its name.
  case conflict(String)

  /// Whether the block is copied.
  public var isCopy: Bool {
    switch self {
    case .copy, .goOn: true
    default: false
    }
  }

  /// The error of a block that should be copied and is not; `nil` for one that is, or is rightly left out.
  public var failure: (any Error)? {
    switch self {
    case .damaged(let error), .unreadable(let error): error
    case .conflict, .partialInSource(isAskedFor: true): CopyRefused(reason: reason)
    default: nil
    }
  }

  /// A word or two, for a column; scripts may go by it.
  public var name: String {
    switch self {
    case .copy: "copy"
    case .goOn: "partial in the destination"
    case .alreadyThere, .compactedInto: "already there"
    case .markedForDeletion: "marked for deletion"
    case .partialInSource: "partial in the source"
    case .damaged: "damaged in the source"
    case .unreadable: "unreadable"
    case .conflict: "conflict"
    }
  }

  /// Why, in words for people.
  public var reason: String {
    switch self {
    case .copy: "the destination does not have it"
    case .goOn: "the destination has objects of it but no meta.json: a copy broken off; what is missing is copied"
    case .alreadyThere: "the destination has this very block"
    case .compactedInto(let larger): "the destination has \(larger), which was compacted from it"
    case .markedForDeletion: "Thanos is about to delete it from the source; --id copies it all the same"
    case .partialInSource: "it has no meta.json: an upload under way or broken off, which nobody reads"
    case .damaged(let error), .unreadable(let error): "\(error)"
    case .conflict(let reason): reason
    }
  }
}

/// A block that was to be copied and cannot be.
public struct CopyRefused: Error, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}
