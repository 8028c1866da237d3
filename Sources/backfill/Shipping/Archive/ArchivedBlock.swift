import Platform
import TSDB

/// A block as the first pass over an archive found it.
struct ArchivedBlock: Sendable {
  struct File: Sendable {
    /// Which of the archive's entries holds it; the last one where there are several of its name.
    var entry: Int
    /// Bytes.
    var size: UInt64
  }

  let ulid: ULID
  /// By their paths in the block: index, segments, meta.json and tombstones.
  var files: [String: File] = [:]
  /// meta.json; `nil` until it was seen.
  var meta: [UInt8]?
  /// Its tombstones file; `nil` where it has none, or too large a one.
  var tombstones: [UInt8]?
  /// Why the block cannot be had from this archive.
  var trouble: (any Error)?

  init(_ ulid: ULID) { self.ulid = ulid }

  /// Bytes that it takes in the scratch folder.
  var size: UInt64 { Self.total(files.values) }
  /// The entries between which its files lie.
  var firstEntry: Int { files.values.lazy.map(\.entry).min() ?? 0 }
  var lastEntry: Int { files.values.lazy.map(\.entry).max() ?? 0 }

  /// The bytes of some files; as many as there can be rather than a wrong number, since headers claim what they like.
  static func total(_ files: some Sequence<File>) -> UInt64 { files.reduce(0) { $0.addingUpToMaximum($1.size) } }

  /// What its tombstones say.
  func deletions(in meta: BlockMeta?, file: String) -> LocalBlock.Deletions {
    guard files[BlockFolder.tombstonesName] != nil else { return .none }
    guard let tombstones else { return .unreadable(NotInArchive(description: "\(file) is too large to be looked at")) }
    do {
      return LocalBlock.Deletions(try Tombstones(FileBytes(tombstones, name: file)), in: meta)
    } catch {
      return .unreadable(error)
    }
  }

  /// Whether a path in a block is one of those files that are unpacked; no other name ever becomes a path on disk.
  static func isWanted(_ path: [String]) -> Bool {
    switch path.count {
    case 1: [BlockMeta.fileName, BlockFolder.indexName, BlockFolder.tombstonesName].contains(path[0])
    case 2: path[0] == BlockFolder.chunksName && path[1].utf8.count <= 255 && BlockFolder.isSegment(path[1])
    default: false
    }
  }
}

extension UInt64 {
  /// The sum, or the largest number where there is none.
  func addingUpToMaximum(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// Why a block cannot be had from an archive.
struct NotInArchive: Error, CustomStringConvertible {
  let description: String
}
