import Platform

/// Prometheus' data folder: its blocks beside what are none (`wal`, `chunks_head`, `lock`, leftovers of a crash).
public struct DataDirectory: Sendable {
  public let path: String
  /// Whole and broken blocks alike, sorted by ULID; a folder without a readable meta.json is one whose reading fails.
  public let blocks: [BlockFolder]
  /// Folders that Prometheus left half-made or half-deleted: `….tmp-for-creation`, `….tmp-for-deletion`, `….tmp`.
  public let leftovers: [String]

  /// A folder that is none of Prometheus' data folders.
  public struct NotATSDB: Error, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String {
      "\(path) is no Prometheus data folder: \(reason); give the folder that holds the blocks"
        + " (Prometheus' --storage.tsdb.path)"
    }
  }

  /// Lists a folder without opening any block.
  /// - Throws: `NotATSDB` when the folder does not exist or holds nothing that Prometheus makes, `FileError` when it
  ///   cannot be read.
  public init(_ path: String) throws {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let entries: [Directory.Entry]
    do throws(FileError) {
      entries = try Directory.entries(of: path)
    } catch {
      switch error.code {
      case .notFound: throw NotATSDB(path: path, reason: "there is no such folder")
      case .notADirectory: throw NotATSDB(path: path, reason: "it is a file")
      default: throw error
      }
    }
    self.path = path
    let folders = entries.filter { $0.kind == .directory }.map(\.name)
    blocks = folders.compactMap { name in ULID(name).map { BlockFolder(ulid: $0, path: "\(path)/\(name)") } }
    leftovers = folders.filter(Self.isLeftover)
    guard blocks.isEmpty, leftovers.isEmpty, !entries.contains(where: { Self.marks.contains($0.name) }) else { return }
    if folders.contains(BlockFolder.chunksName) || entries.contains(where: { $0.name == BlockMeta.fileName }) {
      throw NotATSDB(path: path, reason: "it looks like a single block, not the folder around it")
    }
    throw NotATSDB(path: path, reason: entries.isEmpty ? "it is empty" : "it holds neither blocks nor a write-ahead log")
  }

  /// What Prometheus keeps beside its blocks from the first second on.
  private static let marks: Set<String> = ["wal", "chunks_head", "lock", "queries.active"]

  /// Whether a folder of this name is one that Prometheus left half-made or half-deleted.
  public static func isLeftover(_ name: String) -> Bool {
    guard let dot = name.firstIndex(of: "."), ULID(name[..<dot]) != nil else { return false }
    return [".tmp-for-creation", ".tmp-for-deletion", ".tmp"].contains(String(name[dot...]))
  }
}
