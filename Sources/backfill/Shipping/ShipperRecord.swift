import Logging
import Platform
import TSDB
import Thanos

/// Keeps a `thanos.shipper.json` beside the blocks, so that a sidecar takes them for shipped, and Prometheus may compact them.
///
/// It is written after every block: one that fails later must not lose the record of those before (thanos#934).
struct ShipperRecord: Sendable {
  private let path: String
  private var file: ShipperFile
  /// Whether the file on disk names blocks that have no place in it any more.
  private var isOutdated = false

  /// Goes on with the file that is there. One that cannot be read is begun anew, as Thanos does.
  /// - Parameter blocks: of the data folder, without those that the bucket is known not to have; others have no place in
  ///   the file any more: Prometheus would compact them, and a sidecar never look at them.
  init(path: String, blocks: [ULID], logger: Logger) {
    self.path = path
    do {
      let there = try ShipperFile(parsing: try OpenFile(path).readAll(limit: 1 << 24), file: path)
      file = ShipperFile(uploaded: there.uploaded.filter(Set(blocks).contains))
      isOutdated = file.uploaded.count < there.uploaded.count
    } catch let error as FileError where error.code == .notFound {
      file = ShipperFile(uploaded: [])
    } catch {
      logger.warning("beginning anew with the list of shipped blocks", metadata: ["err": "\(error)"])
      file = ShipperFile(uploaded: [])
    }
  }

  /// Takes out what has no place in the file, before anything is sent. Blocks.
  /// - Throws: `FileError`.
  mutating func bringUpToDate() throws {
    if isOutdated { try file.write(to: path) }
    isOutdated = false
  }

  /// Notes a block that is wholly in the bucket. Blocks.
  /// - Throws: `FileError`.
  mutating func add(_ ulid: ULID) throws {
    if file.uploaded.contains(ulid) { return }
    file.uploaded.append(ulid)
    try file.write(to: path)
  }
}
