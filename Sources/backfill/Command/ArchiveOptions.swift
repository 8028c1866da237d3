import ArgumentParser
import Platform
import Quantities

/// Where blocks are unpacked to when `--tsdb.path` is an archive.
struct ArchiveOptions: ParsableArguments {
  @Option(
    name: .customLong("scratch-dir"),
    help: ArgumentHelp(
      "With an archive: where blocks are unpacked to. (default: $TMPDIR, or /tmp)", valueName: "folder"))
  var directory: String?

  @Option(
    name: .customLong("scratch-limit"),
    help: ArgumentHelp(
      "With an archive: how much may lie there at any time, such as 500MiB or 2TiB.", valueName: "size"))
  var limit = "64GiB"

  func validate() throws {
    if directory?.isEmpty == true { throw ValidationError("--scratch-dir is empty: give a folder, or leave it out") }
    guard let bytes = ByteSize.parse(limit), bytes > 0 else {
      throw ValidationError("--scratch-limit \(limit) is no size: give one such as 500MiB or 2TiB")
    }
  }

  /// The folder in which the one for this run is made.
  var folder: String {
    if let directory { return directory }
    let temporary = Environment.value("TMPDIR") ?? ""
    return temporary.isEmpty ? "/tmp" : temporary
  }

  /// Bytes.
  var bytes: UInt64 { ByteSize.parse(limit) ?? 0 }
}
