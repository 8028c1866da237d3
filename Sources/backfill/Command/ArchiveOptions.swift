import ArgumentParser
import Quantities
import Shipping

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

  var scratch: Scratch {
    Scratch(folder: directory ?? Scratch.standard.folder, limit: ByteSize.parse(limit) ?? Scratch.standard.limit)
  }
}
