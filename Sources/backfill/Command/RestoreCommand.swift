import ArgumentParser
import Console
import Logging
import ObjectStore
import Restoration
import TSDB
import Thanos

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill restore",
    abstract: "Bring blocks from Thanos' object storage back into a data folder that Prometheus opens.",
    discussion: """
      Chosen blocks are put together in a folder beside the others, checked against the hashes in their meta.json and \
      by their own checksums, and get their place in one step. Nothing in the folder is ever overwritten. Interrupted, \
      or killed, it goes on where it stopped when it is run again.

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block that was chosen is in the folder, or left out for a reason that is named",
        .findings: "a block failed (with --dry-run: would fail); the others came",
      ]))
      """,
    version: Version.text)

  @Option(
    name: .customLong("tsdb.path"),
    help: ArgumentHelp(
      "The data folder that blocks come into. Made if it is not there, the folder above it has to be.",
      valueName: "folder"))
  var path: String

  @OptionGroup(title: "Bucket") var bucket: BucketOptions
  @OptionGroup(title: "Selection") var selection: SelectionOptions

  @Flag(name: .customLong("all"), help: "Every block of the bucket, where no selection is given.")
  var takesAll = false

  @Flag(
    name: .customLong("dry-run"),
    help: "Print every block with what would become of it and why; write nothing at all.")
  var isDryRun = false

  @Option(help: "How to print the plan and the report.")
  var output = OutputFormat.table

  @Option(
    help: """
      How deep a restored block is looked into before it gets its place. index: every checksum of its index and chunks, \
      its counts, and that the segments hold what the index names; full: also every sample; none.
      """)
  var check = BlockCheck.Depth.index

  @OptionGroup(title: "Transfers") var transfer: DownloadOptions
  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    if path.isEmpty { throw ValidationError("--tsdb.path is empty: give the data folder that blocks are to come into") }
    let isEverything = try selection.selection() == .all
    if isEverything, !takesAll {
      throw ValidationError(
        "no blocks are chosen: give --id, --min-time, --max-time or --selector, or --all for the whole bucket")
    }
    if !isEverything, takesAll { throw ValidationError("--all and a selection exclude each other: give one of them") }
  }

  func run() async throws {
    let logger = logging.logger("backfill restore")
    var options = RestoreOptions()
    options.selection = try selection.selection()
    options.check = check
    options.traffic = transfer.traffic
    let restore = Restore(
      path: path, bucket: try bucket.openRequired(logger: logger, traffic: options.traffic), options: options,
      progress: progress.progress, logger: logger)
    if isDryRun {
      let report = try await restore.rehearse()
      try report.print(output, logger)
    } else {
      let report = try await restore.run()
      try report.print(output, logger)
    }
  }
}
