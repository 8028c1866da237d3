public import TSDB

/// What is to happen with a block.
public enum Decision: Sendable {
  case upload
  /// The bucket has objects of it but no meta.json. Nobody reads such a block: what is missing or different is sent.
  case partial
  /// The bucket has this very block.
  case alreadyThere
  /// The bucket has a block of the same labels and resolution that was compacted from this one.
  case compactedInto(ULID)
  /// The source itself has a block that was compacted from this one, and that one is in the bucket or goes in.
  case superseded(by: ULID)
  /// It holds no sample.
  case empty
  /// It was compacted, and only level 1 is wanted.
  case level(Int64)
  case outsideTimeRange(String)
  case notSelected(String)
  /// It shares time with blocks of the same labels and resolution, in the bucket or of this run.
  case overlap(OverlappingBlock, with: [OverlappingBlock])
  /// meta.json cannot be read or says what cannot be, or the check of the files found damage.
  case corrupt(any Error)
  /// The block must not go in under these labels, or the bucket holds something else under its name.
  case conflict(String)

  /// Whether the block is sent.
  public var isUpload: Bool {
    switch self {
    case .upload, .partial: true
    default: false
    }
  }

  /// Whether the bucket has neither the block nor one that was compacted from it. Of blocks that were left out for other
  /// reasons nothing is known.
  var isKnownAbsent: Bool {
    switch self {
    case .upload, .partial, .overlap: true
    default: false
    }
  }

  /// The error of a block that should go in and does not; `nil` for one that goes in or is rightly left out.
  public var failure: (any Error)? {
    switch self {
    case .overlap: Conflict(reason: reason)
    case .conflict(let reason): Conflict(reason: reason)
    case .corrupt(let error): error
    default: nil
    }
  }

  /// A word or two, for a column; scripts may go by it.
  public var name: String {
    switch self {
    case .upload: "upload"
    case .partial: "partial in the bucket"
    case .alreadyThere, .compactedInto: "already there"
    case .superseded: "superseded"
    case .empty: "empty"
    case .level: "level"
    case .outsideTimeRange: "outside the time range"
    case .notSelected: "not selected"
    case .overlap: "overlap"
    case .corrupt: "corrupt"
    case .conflict: "conflict"
    }
  }

  /// Why, in words for people.
  public var reason: String {
    switch self {
    case .upload: "the bucket does not have it"
    case .partial: "the bucket has objects of it but no meta.json: an upload broken off; what is missing or different is sent"
    case .alreadyThere: "the bucket has it, with the same labels, times, counts and file sizes"
    case .compactedInto(let larger): "the bucket has \(larger), which was compacted from it"
    case .superseded(let larger): "\(larger) was compacted from it and stands beside it"
    case .empty: "it holds no sample"
    case .level(let level): "level \(level); --no-shipper.upload-compacted ships level 1 only"
    case .outsideTimeRange(let reason), .notSelected(let reason), .conflict(let reason): reason
    case .overlap(let block, let others):
      "\(block) overlaps \(others.map(\.description).joined(separator: " and "));"
        + " --shipper.allow-out-of-order-uploads sends it all the same, for a Thanos with vertical compaction"
    case .corrupt(let error): "\(error)"
    }
  }
}

/// A block that is not sent because it would be mixed up with another.
public struct Conflict: Error, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }
}
