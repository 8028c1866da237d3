import Archive
import Platform
import TSDB

/// One pass over an archive that brings the files of chosen blocks into the scratch folder.
final class BlockUnpacker {
  private let archive: OpenFile
  private let scratch: ScratchFolder
  private let reader: TarReader
  /// By the number of the entry.
  private var wanted: [Int: (ulid: ULID, path: String, size: UInt64)] = [:]
  /// How many files of each block are still to come.
  private var missing: [ULID: Int] = [:]

  init(_ archive: OpenFile, _ blocks: [ArchivedBlock], into scratch: ScratchFolder) throws {
    self.archive = archive
    self.scratch = scratch
    reader = try TarReader(archive)
    for block in blocks {
      missing[block.ulid] = block.files.count
      for (path, file) in block.files { wanted[file.entry] = (block.ulid, path, file.size) }
    }
  }

  /// Whether this pass brings a block, or has brought it.
  func brings(_ ulid: ULID) -> Bool { missing[ulid] != nil }

  /// Reads on until all files of a block have come. Blocks.
  /// - Parameter check: called every now and then; throws to give up.
  /// - Throws: `ArchiveError`, `FileError`, `NotInArchive`, what `check` throws. The pass is spent then.
  func unpack(_ ulid: ULID, check: () throws -> Void) throws {
    while missing[ulid, default: 0] > 0 {
      guard let entry = try reader.next(check: check) else {
        throw hasChanged
      }
      guard let file = wanted[entry.number] else { continue }
      let name = entry.components?.joined(separator: "/") ?? ""
      guard entry.size == file.size, entry.kind == .file, name.hasSuffix("\(file.ulid)/\(file.path)") else {
        throw hasChanged
      }
      try write(file.path, of: file.ulid, check)
      missing[file.ulid, default: 1] -= 1
    }
  }

  private var hasChanged: NotInArchive {
    NotInArchive(description: "\(archive.path) has changed since this run began: run it again")
  }

  private func write(_ path: String, of ulid: ULID, _ check: () throws -> Void) throws {
    let target = "\(scratch.path)/\(ulid)/\(path)"
    try Directory.create(AtomicFile.folder(of: target))
    let file = try NewFile(target)
    try reader.forEachWindow { window in
      try check()
      try file.write(window)
    }
  }
}
