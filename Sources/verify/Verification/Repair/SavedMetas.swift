import Delivery
import ObjectStore
import Platform
import TSDB
import Thanos

/// Keeps the meta.json of a block from the moment when it is taken away from the bucket until it is back: it alone
/// knows the block's labels. Outlives the process.
struct SavedMetas: Sendable {
  private let files: KeptMetaFiles
  private let lock: FileLock?

  /// - Parameters:
  ///   - root: of all state; `nil` for `StateFolder.standard`.
  ///   - folder: the data folder, in which nothing may be written.
  ///   - writes: makes the folder, and holds it for this process. Without it nothing is ever written. Blocks.
  /// - Throws: `StateError`.
  init(root: String?, bucket: any Bucket, outside folder: String, writes: Bool) throws(StateError) {
    let root = if let root { root } else { try StateFolder.standard() }
    try StateFolder.check(root, liesOutside: folder, and: bucket)
    files = KeptMetaFiles(root: root, bucket: bucket)
    guard writes else {
      lock = nil
      return
    }
    do {
      try Directory.create(files.folder)
      lock = try FileLock("\(files.folder)/lock")
    } catch let error as FileLock.Held {
      throw .inUse(pid: error.pid, folder: files.folder, way: "the same bucket")
    } catch {
      throw .unusable(folder: files.folder, error)
    }
  }

  /// Lets the next repair have the folder. Jobs that are over may hold this object a moment longer.
  func release() { lock?.release() }

  func path(of ulid: ULID) -> String { files.path(of: ulid) }

  /// The blocks of which something is kept for this very location. Blocks.
  /// - Throws: `FileError`.
  func kept() throws(FileError) -> [ULID] {
    try files.all().filter { $1.contains(path(of: $0)) }.keys.sorted()
  }

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
    let paths = try files.all()[ulid] ?? []
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
