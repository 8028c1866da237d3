import Platform
import TSDB

/// What tells, without asking the bucket, whether a data folder holds other blocks than before.
public struct FolderState: Equatable, Sendable {
  struct Block: Equatable, Sendable {
    /// Bytes of all its files.
    var size: UInt64
    /// Of its meta.json, milliseconds since 1970; `nil` without one.
    var modified: Int64?
  }

  let blocks: [ULID: Block]

  init(blocks: [ULID: Block]) { self.blocks = blocks }

  /// Looks at names, sizes and times only. A block that is still being copied into the folder changes until it is whole.
  /// - Throws: `DataDirectory.NotATSDB`, `FileError`.
  public static func read(_ path: String) async throws -> FolderState {
    try await BlockingPool.shared.run {
      var blocks: [ULID: Block] = [:]
      for folder in try DataDirectory(path).blocks {
        let files = (try? folder.files()) ?? []
        blocks[folder.ulid] = Block(
          size: files.reduce(0) { $0 &+ $1.size }, modified: (try? Directory.status(of: folder.metaPath))?.modified)
      }
      return FolderState(blocks: blocks)
    }
  }
}
