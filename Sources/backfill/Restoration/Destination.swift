public import Console
import Platform
import TSDB
import Thanos

/// The data folder that blocks are brought into, as it was found.
public struct Destination: Sendable {
  public let path: String
  /// Whether the folder is there; else it is made when the first block comes.
  let exists: Bool
  let blocks: [LocalBlock]

  /// A block that the folder has already.
  struct LocalBlock: Sendable {
    let folder: BlockFolder
    /// Its meta.json, or why that cannot be read.
    let description: Result<BlockDescription, any Error>
    /// Bytes of index, segments and tombstones, by path.
    let sizes: [String: UInt64]

    var local: BlockDescription? { try? description.get() }
  }

  /// The folder cannot be taken for a data folder.
  public struct Unsuitable: ErrorWithExitStatus, CustomStringConvertible {
    public let description: String
    public var exitStatus: ExitStatus { .usage }
  }

  /// What a folder may hold and still be as good as empty: what an earlier run left, and what ext4 makes.
  private static let ignored: Set<String> = [StagingRoot.name, "lost+found"]

  /// Looks at a data folder. It may be empty, or not be there yet if the folder above it is. Blocks.
  /// - Throws: `Unsuitable`, `FileError`, `DataDirectory.NotATSDB` for a folder that holds other things.
  public init(_ path: String) throws {
    let path = path.utf8.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.path = path
    do throws(FileError) {
      let entries = try Directory.entries(of: path)
      exists = true
      if entries.allSatisfy({ Self.ignored.contains($0.name) }) {
        blocks = []
        return
      }
    } catch {
      guard error.code == .notFound else { throw error }
      let parent = AtomicFile.folder(of: path)
      guard (try? Directory.status(of: parent))?.kind == .directory else {
        throw Unsuitable(
          description: "--tsdb.path \(path): neither it nor the folder above it is there; make it first")
      }
      exists = false
      blocks = []
      return
    }
    blocks = try DataDirectory(path).blocks.map(Self.look)
  }

  private static func look(_ folder: BlockFolder) -> LocalBlock {
    let sizes = (try? folder.files()) ?? []
    return LocalBlock(
      folder: folder,
      description: Result { try BlockDescription(folder.readMeta(), file: folder.metaPath) },
      sizes: Dictionary(
        sizes.filter { $0.path != BlockMeta.fileName }.map { ($0.path, $0.size) },
        uniquingKeysWith: { first, _ in first }))
  }

  /// Whether a Prometheus has the folder open.
  var isInUse: Bool { Volume.isLocked("\(path)/lock") }

  /// Bytes that a plan still has to bring: what an earlier run left in the staging folder is on the disk already.
  func missing(of plan: RestorePlan) -> UInt64 {
    plan.restores.reduce(0) { sum, block in
      (block.contents?.files ?? []).reduce(sum &+ block.metaSize) { sum, file in
        sum &+ file.size &- min(file.size, Volume.allocated("\(path)/\(StagingRoot.name)/\(block.ulid)/\(file.path)"))
      }
    }
  }

  /// Bytes that may be written there.
  func freeSpace() throws(FileError) -> UInt64 {
    try Volume.free(at: exists ? path : AtomicFile.folder(of: path))
  }
}
