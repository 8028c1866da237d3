public import ObjectStore
public import Platform
public import TSDB
import Thanos

/// The files in which a repair keeps a block's meta.json while it is away from the bucket.
///
/// The folder leaves the endpoint out: an address may change between two runs, and the meta.json must be found all the
/// same. Each file's name has it, so that two stores with buckets of one name do not write over each other's.
public struct KeptMetaFiles: Sendable {
  public let folder: String
  private let suffix: String

  /// - Parameter root: of all state.
  public init(root: String, bucket: any Bucket) {
    let location = bucket.location
    let prefix = location.ranges(of: ", prefix ").last.map { String(location[$0.lowerBound...]) } ?? ""
    folder = "\(root)/repair-\(SHA256Hex.hash(of: bucket.name + prefix).prefix(16))"
    suffix = "-\(SHA256Hex.hash(of: location).prefix(8))-\(BlockMeta.fileName)"
  }

  public func path(of ulid: ULID) -> String { "\(folder)/\(ulid)\(suffix)" }

  /// Every kept file, by its block. Blocks.
  /// - Throws: `FileError`, but not for a folder that is not there.
  public func all() throws(FileError) -> [ULID: [String]] {
    try names().mapValues { $0.map { "\(folder)/\($0)" } }
  }

  private func names() throws(FileError) -> [ULID: [String]] {
    let entries: [Directory.Entry]
    do throws(FileError) {
      entries = try Directory.entries(of: folder)
    } catch {
      if error.code == .notFound { return [:] }
      throw error
    }
    var names: [ULID: [String]] = [:]
    for name in entries.map(\.name).sorted() where name.hasSuffix("-\(BlockMeta.fileName)") {
      if let ulid = ULID(String(name.prefix(26))) { names[ulid, default: []].append(name) }
    }
    return names
  }

  /// Takes what is kept of a block out of use: whoever sends the block gives it a meta.json of its own, and the kept one
  /// must never come back over that. It stays beside the others under another name. Blocks.
  /// - Throws: `FileError`.
  public func supersede(_ ulid: ULID) throws(FileError) {
    for name in try names()[ulid] ?? [] {
      try Directory.rename("\(folder)/\(name)", to: "\(folder)/superseded-\(name)")
    }
  }
}
