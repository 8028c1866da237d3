import Platform
public import TSDB
public import Thanos

/// A block of the source as the planner needs it: what its meta.json says, how large it is, what was deleted from it.
public struct LocalBlock: Sendable {
  public let folder: BlockFolder
  /// Its meta.json, or why that cannot be read.
  public let description: Result<BlockDescription, any Error>
  /// Bytes of index and of each segment, by their paths inside the block; none where they could not be looked at.
  public let files: [String: UInt64]
  public let deletions: Deletions

  /// What its tombstones say. They are none of Thanos' files: deleted samples come back.
  public enum Deletions: Sendable {
    case none
    /// - minTime, maxTime: ms since 1970, both inclusive, within the block.
    case some(series: Int, minTime: Int64, maxTime: Int64)
    case unreadable(any Error)
  }

  /// A block that was looked at elsewhere, in an archive for instance.
  public init(
    folder: BlockFolder, description: Result<BlockDescription, any Error>, files: [String: UInt64],
    deletions: Deletions
  ) {
    self.folder = folder
    self.description = description
    self.files = files
    self.deletions = deletions
  }

  public var ulid: ULID { folder.ulid }
  /// Bytes of index and segments.
  public var size: UInt64 { files.values.reduce(0, &+) }

  /// Whether its files leave no room for samples: an index without a series has less than 200 bytes.
  var isEmpty: Bool { size < 200 }

  /// `nil` where meta.json cannot be read.
  public var local: BlockDescription? { try? description.get() }

  /// Reads meta.json and tombstones of a folder. What cannot be read is part of the result. Blocks.
  public init(_ folder: BlockFolder) {
    self.folder = folder
    let found = ((try? folder.files()) ?? []).filter { BlockFolder.isData($0.path) }
    files = Dictionary(found.map { ($0.path, $0.size) }, uniquingKeysWith: { first, _ in first })
    description = Result { try BlockDescription(try folder.readMeta(), file: folder.metaPath) }
    do {
      deletions = Deletions(try Tombstones(ifPresentAt: folder.tombstonesPath), in: (try? description.get())?.meta)
    } catch {
      deletions = .unreadable(error)
    }
  }
}

extension LocalBlock.Deletions {
  /// - Parameter meta: whose times bound those of the tombstones, which may say "from the beginning of time".
  public init(_ tombstones: Tombstones, in meta: BlockMeta?) {
    let entries = tombstones.entries
    guard let first = entries.lazy.map(\.minTime).min(), let last = entries.lazy.map(\.maxTime).max() else {
      self = .none
      return
    }
    let (low, high) = (max(first, meta?.minTime ?? first), min(last, meta?.maxTime ?? last))
    self = .some(series: tombstones.seriesCount, minTime: low, maxTime: max(low, high))
  }
}
