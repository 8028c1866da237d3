import Glibc
import Platform
import PrometheusAPI

/// A snapshot that Prometheus made of its blocks, head included: a folder of hard links and one block of its own.
struct Snapshot: Sendable {
  /// `<data folder>/snapshots/<name>`.
  let path: String

  /// Finds a snapshot that was just made. Blocks.
  /// - Throws: `PrometheusError` where it is not below this data folder: that is another Prometheus' then.
  init(_ name: String, of dataPath: String, at address: PrometheusAddress) throws(PrometheusError) {
    path = "\(dataPath)/snapshots/\(name)"
    do throws(FileError) {
      _ = try Directory.entries(of: path)
    } catch {
      throw PrometheusError(
        .noDataFolder, "\(address)",
        "it made the snapshot \(name), which is not to be had here: \(error); is \(dataPath) the data folder of this"
          + " very Prometheus? (the snapshot stays there)", cause: error)
    }
  }

  /// Removes the folder and what is in it; Prometheus' own blocks stay, since a hard link less does not touch them.
  /// Blocks.
  func remove() throws(FileError) { try Self.removeTree(path) }

  /// Links are removed, not followed.
  private static func removeTree(_ folder: String) throws(FileError) {
    for entry in try Directory.entries(of: folder) {
      let inside = "\(folder)/\(entry.name)"
      if entry.kind == .directory, !entry.isLink { try removeTree(inside) } else { try Directory.removeFile(inside) }
    }
    if unsafe rmdir(folder) != 0 { throw FileError(action: "remove folder", path: folder, number: errno) }
  }
}
