import Delivery
import Platform
import TSDB
import Thanos

/// Keeps the meta.json of a block from the moment when it is taken away from the bucket until it is back: it alone
/// knows the block's labels. Outlives the process.
struct SavedMetas: Sendable {
  let folder: String
  private let lock: FileLock

  /// Makes the folder, and holds it for this process. Blocks.
  /// - Parameters:
  ///   - root: of all state; `nil` for `StateFolder.standard`.
  ///   - bucket: its location.
  /// - Throws: `StateError`.
  init(root: String?, bucket: String) throws(StateError) {
    let root = if let root { root } else { try StateFolder.standard() }
    folder = "\(root)/repair-\(Self.name(of: bucket))"
    do {
      try Directory.create(folder)
      lock = try FileLock("\(folder)/lock")
    } catch let error as FileLock.Held {
      throw .inUse(pid: error.pid, folder: folder, way: "the same bucket")
    } catch {
      throw .unusable(folder: folder, error)
    }
  }

  private static func name(of bucket: String) -> String {
    var hash = SHA256Hex()
    unsafe hash.update(Array(bucket.utf8).span.bytes)
    return String(hash.finalize().prefix(16))
  }

  func path(of ulid: ULID) -> String { "\(folder)/\(ulid)-\(BlockMeta.fileName)" }

  /// - Returns: `nil` where none is kept.
  /// - Throws: `FileError`.
  func read(_ ulid: ULID) throws(FileError) -> [UInt8]? {
    do throws(FileError) {
      return try OpenFile(path(of: ulid)).readAll(limit: BlockMeta.sizeLimit)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// Durable when it returns.
  /// - Throws: `FileError`.
  func keep(_ meta: [UInt8], of ulid: ULID) throws(FileError) { try AtomicFile.write(meta, to: path(of: ulid)) }

  /// - Throws: `FileError`.
  func forget(_ ulid: ULID) throws(FileError) { _ = try Directory.removeFile(path(of: ulid)) }
}
