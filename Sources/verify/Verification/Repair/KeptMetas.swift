import Delivery
public import ObjectStore
import Platform
import TSDB
import Thanos

/// What interrupted repairs of a bucket took away from it, as whoever only looks has to know: without it such a block
/// looks like a broken upload, and is cleared away as one.
public struct KeptMetas: Sendable {
  /// Where the meta.json of each block is kept.
  let paths: [ULID: String]
  /// What goes on with a block's repair; its ULID is put in.
  private let command: RepairCommand

  /// Nothing is kept.
  public static let none = KeptMetas(paths: [:], command: RepairCommand())

  private init(paths: [ULID: String], command: RepairCommand) {
    self.paths = paths
    self.command = command
  }

  /// Looks into the state folder, and writes nothing. One that is not there or cannot be read keeps nothing. Blocks.
  /// - Parameter root: of all state; `nil` for the usual place.
  public init(root: String?, bucket: any Bucket, command: RepairCommand) {
    let root = root ?? (try? StateFolder.standard())
    let paths = root.flatMap { try? Self.paths(in: "\($0)/\(Place(bucket).folder)") } ?? [:]
    self.init(paths: paths.compactMapValues(\.first), command: command)
  }

  /// What is to be said of a block that lacks its meta.json; `nil` for one that no repair took it from.
  func words(for ulid: ULID) -> String? {
    paths[ulid].map { path in
      "verify --repair took it away, was interrupted and kept it in \(path): go on with `\(command.text(for: ulid))`"
    }
  }

  /// How a bucket's files in the state folder are named. The folder leaves the endpoint out: an address may change
  /// between two runs, and the meta.json must be found all the same. Each file's name has it, so that two stores with
  /// buckets of one name do not write over each other's.
  struct Place: Sendable {
    let folder: String
    private let suffix: String

    init(_ bucket: any Bucket) {
      let location = bucket.location
      let prefix = location.ranges(of: ", prefix ").last.map { String(location[$0.lowerBound...]) } ?? ""
      folder = "repair-\(Self.hash(bucket.name + prefix).prefix(16))"
      suffix = "-\(Self.hash(location).prefix(8))-\(BlockMeta.fileName)"
    }

    func name(of ulid: ULID) -> String { "\(ulid)\(suffix)" }

    private static func hash(_ text: String) -> String {
      var hash = SHA256Hex()
      unsafe hash.update(Array(text.utf8).span.bytes)
      return hash.finalize()
    }
  }

  /// Every file with a kept meta.json, by its block. Blocks.
  /// - Throws: `FileError`, but not for a folder that is not there.
  static func paths(in folder: String) throws(FileError) -> [ULID: [String]] {
    let entries: [Directory.Entry]
    do throws(FileError) {
      entries = try Directory.entries(of: folder)
    } catch {
      if error.code == .notFound { return [:] }
      throw error
    }
    var paths: [ULID: [String]] = [:]
    for name in entries.map(\.name).sorted() where name.hasSuffix("-\(BlockMeta.fileName)") {
      if let ulid = ULID(String(name.prefix(26))) { paths[ulid, default: []].append("\(folder)/\(name)") }
    }
    return paths
  }
}
