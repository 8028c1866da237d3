import Archive
public import Console
import Platform
import TSDB

/// What the first pass over an archive finds: its blocks, their files' sizes and places, and their meta.json files.
///
/// The data folder may lie at any depth. Where there are blocks in several folders, those below the folder of others
/// (Prometheus' `snapshots`) are left out; folders side by side are refused, since those may be of two Prometheus.
struct ArchiveListing: Sendable {
  /// More files of blocks than that in one archive are refused, as each costs memory; likewise more blocks.
  static let fileLimit = 500_000
  static let blockLimit = 20_000
  /// Bytes of all meta.json and tombstones files together.
  static let metaLimit = 4 * Int(BlockMeta.sizeLimit)

  /// The folder of the blocks, as the archive names it; empty for its top.
  private(set) var folder = ""
  private(set) var blocks: [ULID: ArchivedBlock] = [:]
  private(set) var leftovers: [String] = []
  /// Folders of blocks that were left out.
  private(set) var ignored: [String] = []
  /// What ended the pass before the archive's end.
  private(set) var damage: ArchiveError?

  private var found: [[String]: [ULID: ArchivedBlock]] = [:]
  private let archive: String
  private var files = 0
  private var folders = 0
  private var metaBytes = 0

  /// Reads an archive to its end, or to where it is damaged. Blocks.
  /// - Parameter check: called every now and then with the bytes of the file that have been read; throws to give up.
  /// - Throws: `UnusableArchive`, `FileError`, what `check` throws.
  init(_ file: OpenFile, check: (_ packedBytes: UInt64) throws -> Void) throws {
    archive = file.path
    do {
      let reader = try TarReader(file)
      while let entry = try reader.next(check: { try check(reader.packedBytes) }) {
        try take(entry, reader)
      }
    } catch let error as ArchiveError where error.code == .notAnArchive {
      throw UnusableArchive(description: "\(error)")
    } catch let error as ArchiveError {
      // Who needs the bytes that are missing meets the same error when they are unpacked.
      damage = error
    }
    try choose()
  }

  private mutating func take(_ entry: TarEntry, _ reader: TarReader) throws {
    guard let path = entry.components else { return }
    if let name = path.first(where: DataDirectory.isLeftover) {
      if leftovers.last != name, !leftovers.contains(name) { leftovers.append(name) }
      return
    }
    guard let place = path.firstIndex(where: { ULID($0) != nil }), let ulid = ULID(path[place]) else { return }
    let parent = Array(path[..<place])
    let inside = Array(path[(place + 1)...])
    guard ArchivedBlock.isWanted(inside) else { return }

    files += 1
    if found[parent]?[ulid] == nil { folders += 1 }
    guard files <= Self.fileLimit, folders <= Self.blockLimit else {
      let limits = "\(Self.blockLimit) blocks and \(Self.fileLimit) files in them"
      throw UnusableArchive(description: "\(archive) holds more than \(limits), which no data folder does")
    }
    let name = inside.joined(separator: "/")
    let trouble = entry.kind == .file ? nil : NotInArchive(description: "\(entry.path) is \(Self.words(entry.kind))")
    // Noted before the content is read: damage in it is no reason to forget the block.
    Self.note(
      ArchivedBlock.File(entry: entry.number, size: entry.size), name, trouble,
      in: &found[parent, default: [:]][ulid, default: ArchivedBlock(ulid)])
    if name == BlockMeta.fileName, entry.kind == .file {
      let meta = try readMeta(entry, reader)
      found[parent]?[ulid]?.meta = meta
    } else if name == BlockFolder.tombstonesName, entry.kind == .file {
      let bytes = entry.size <= UInt64(max(0, Self.metaLimit - metaBytes)) ? try read(entry, reader) : nil
      found[parent]?[ulid]?.tombstones = bytes
    }
  }

  private static func note(
    _ file: ArchivedBlock.File, _ name: String, _ trouble: NotInArchive?, in block: inout ArchivedBlock
  ) {
    block.files[name] = file
    block.trouble = block.trouble ?? trouble
  }

  private mutating func readMeta(_ entry: TarEntry, _ reader: TarReader) throws -> [UInt8] {
    guard entry.size <= BlockMeta.sizeLimit, metaBytes + Int(entry.size) <= Self.metaLimit else {
      throw UnusableArchive(description: "\(archive): \(entry.path) has \(entry.size) bytes, which no meta.json has")
    }
    return try read(entry, reader)
  }

  private mutating func read(_ entry: TarEntry, _ reader: TarReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try reader.forEachWindow { window in unsafe window.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
    metaBytes += bytes.count
    return bytes
  }

  /// Settles for one folder of blocks.
  private mutating func choose() throws {
    let folders = found.keys.sorted { ($0.count, $0.joined(separator: "/")) < ($1.count, $1.joined(separator: "/")) }
    guard let top = folders.first else {
      if damage != nil { return }
      throw UnusableArchive(
        description: "\(archive) holds no block: pack Prometheus' data folder (its --storage.tsdb.path)")
    }
    for other in folders.dropFirst() {
      guard other.starts(with: top) else {
        throw UnusableArchive(
          description: "\(archive) holds blocks in more than one folder, '\(Self.name(top))' and '\(Self.name(other))':"
            + " pack one data folder into one archive, so that blocks of two Prometheus cannot be mixed up")
      }
      ignored.append(Self.name(other))
    }
    folder = Self.name(top)
    blocks = found[top] ?? [:]
    found = [:]
  }

  private static func name(_ folder: [String]) -> String { folder.joined(separator: "/") }

  private static func words(_ kind: TarEntry.Kind) -> String {
    switch kind {
    case .link(let target):
      "a link to \(target) in the archive, not a file: pack it with --dereference --hard-dereference"
    case .sparse: "packed as a sparse file, which is not supported: pack it without --sparse"
    case .file, .directory, .other: "no file in the archive"
    }
  }
}

/// An archive that nothing can be backfilled from; the same call will fail again.
public struct UnusableArchive: ErrorWithExitStatus, CustomStringConvertible {
  public let description: String
  public var exitStatus: ExitStatus { .usage }
}
