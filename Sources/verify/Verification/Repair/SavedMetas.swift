import Delivery
import ObjectStore
import Platform
import TSDB
import Thanos

/// Keeps the meta.json of a block from the moment when it is taken away from the bucket until it is back: it alone
/// knows the block's labels. Outlives the process.
struct SavedMetas: Sendable {
  let folder: String
  private let place: KeptMetas.Place
  private let lock: FileLock?

  /// - Parameters:
  ///   - root: of all state; `nil` for `StateFolder.standard`.
  ///   - writes: makes the folder, and holds it for this process. Without it nothing is ever written. Blocks.
  /// - Throws: `StateError`.
  init(root: String?, bucket: any Bucket, writes: Bool) throws(StateError) {
    let root = if let root { root } else { try StateFolder.standard() }
    place = KeptMetas.Place(bucket)
    folder = "\(root)/\(place.folder)"
    guard writes else {
      lock = nil
      return
    }
    do {
      try Directory.create(folder)
      lock = try FileLock("\(folder)/lock")
    } catch let error as FileLock.Held {
      throw .inUse(pid: error.pid, folder: folder, way: "the same bucket")
    } catch {
      throw .unusable(folder: folder, error)
    }
  }

  func path(of ulid: ULID) -> String { "\(folder)/\(place.name(of: ulid))" }

  /// A meta.json that was kept, and where.
  struct Kept: Sendable {
    let path: String
    let bytes: [UInt8]
  }

  /// - Returns: what is kept of a block: of the same location first, then of a bucket of the same name and prefix behind
  ///   another endpoint, which most often is the same bucket under another address. More than one where the latter
  ///   differ.
  /// - Throws: `FileError`.
  func read(_ ulid: ULID) throws(FileError) -> [Kept] {
    let paths = try KeptMetas.paths(in: folder)[ulid] ?? []
    let own = path(of: ulid)
    var kept: [Kept] = []
    for path in paths.contains(own) ? [own] : paths {
      let bytes = try OpenFile(path).readAll(limit: BlockMeta.sizeLimit)
      if !kept.contains(where: { $0.bytes == bytes }) { kept.append(Kept(path: path, bytes: bytes)) }
    }
    return kept
  }

  /// Durable when it returns.
  /// - Throws: `FileError`.
  func keep(_ meta: [UInt8], of ulid: ULID) throws(FileError) { try AtomicFile.write(meta, to: path(of: ulid)) }

  /// - Throws: `FileError`.
  func forget(_ path: String) throws(FileError) { _ = try Directory.removeFile(path) }
}
