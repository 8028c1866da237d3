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
    let paths = root.flatMap { try? KeptMetaFiles(root: $0, bucket: bucket).all() } ?? [:]
    self.init(paths: paths.compactMapValues(\.first), command: command)
  }

  /// What is to be said of a block that lacks its meta.json; `nil` for one that no repair took it from.
  func words(for ulid: ULID) -> String? {
    paths[ulid].map { path in
      "verify --repair took it away, was interrupted and kept it in \(path): go on with `\(command.text(for: ulid))`"
    }
  }
}
