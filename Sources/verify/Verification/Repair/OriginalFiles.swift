import ObjectStore
import Platform
import TSDB
import Thanos

/// The files that a block is repaired from: open, and proved to be those that were checked. Between the check and the
/// sending may lie hours, in which Prometheus deletes blocks and disks fail.
struct OriginalFiles: Sendable {
  /// By path in the block.
  let files: [String: Original]

  struct Original: Sendable {
    let file: OpenFile
    let path: String
    let sha256: String
    let crc32c: CRC32CTiles

    /// - Throws: `BlockRepair.Changed`, `FileError`, `CancellationError`.
    func confirm() async throws {
      guard try await SHA256Hex.digest(of: file) == sha256 else {
        throw BlockRepair.Changed(reason: "\(path) was written into while it was sent")
      }
    }
  }

  /// Opens all of the block's files and reads each once.
  /// - Throws: `BlockRepair.Changed`, `FileError`, `CancellationError`.
  init(_ draft: RepairDraft) async throws {
    let block: OpenBlock
    do {
      block = try await BlockingPool.shared.run { [draft] in try OpenBlock(draft.folder) }
    } catch {
      throw BlockRepair.Changed(reason: "\(error)")
    }
    guard block.meta == draft.local else { throw BlockRepair.Changed(reason: "its meta.json is another") }
    let found = block.dataFiles
    guard Set(found.map(\.path)) == Set(draft.hashes.keys) else {
      throw BlockRepair.Changed(reason: "it has other segments")
    }
    var files: [String: Original] = [:]
    for (path, file) in found {
      let original = try await Self.read(path, file)
      guard original.sha256 == draft.hashes[path] else {
        throw BlockRepair.Changed(reason: "\(path) has other bytes")
      }
      files[path] = original
    }
    self.files = files
  }

  private static func read(_ path: String, _ file: OpenFile) async throws -> Original {
    try await BlockingPool.shared.runCancellably { cancellation in
      var (hash, tiles) = (SHA256Hex(), CRC32CTiles())
      try file.forEachWindow(of: 0..<file.size) { window in
        try cancellation.check()
        hash.update(window)
        tiles.update(window)
      }
      return Original(file: file, path: path, sha256: hash.finalize(), crc32c: tiles)
    }
  }
}

extension OpenBlock {
  /// Segments and index, by their paths in the block.
  var dataFiles: [(path: String, file: OpenFile)] {
    segments.map { ("\(BlockFolder.chunksName)/\($0.name)", $0.file) } + [(BlockFolder.indexName, index)]
  }
}
