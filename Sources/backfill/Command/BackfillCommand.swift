import ArgumentParser
import Console
import Logging
import Shipping
import Thanos

@main
struct Main {
  static func main() { Program.main(BackfillCommand.self, status: ExitStatus.of) }
}

struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Upload a Prometheus' blocks, compacted ones too, to Thanos' object storage.",
    discussion: """
      Every block of the data folder that the bucket does not have yet goes in, oldest first: chunks, index, and \
      meta.json last. The folder is only read. Run again, it uploads what is missing and nothing else. \
      --tsdb.path may also be an archive of the data folder: a tar, plain or packed with gzip or zstd.

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is in the bucket", .findings: "a block failed; the others went in",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Archives") var archive: ArchiveOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  @Option(
    name: .customLong("label"), parsing: .singleValue,
    help: ArgumentHelp(
      "External label of this Prometheus, name=\"value\". Give it once for each; at least one.", valueName: "label"))
  var labels: [String] = []

  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    guard source.path != nil else {
      throw ValidationError("no source: give --tsdb.path with Prometheus' data folder")
    }
    guard !labels.isEmpty else {
      throw ValidationError(
        "no external labels: give --label 'cluster=\"eu1\"' with those of your Prometheus, so that Thanos can tell its blocks from others")
    }
  }

  func run() async throws {
    let logger = logging.logger("backfill")
    let run = try BackfillRun(
      path: source.path ?? "", scratch: Scratch(folder: archive.folder, limit: archive.bytes), bucket: try bucket.openRequired(logger: logger),
      labels: try ExternalLabels(parsing: labels), progress: progress.progress, logger: logger)
    let report = try await run.run()
    try Output.standard.write(report.text)
    if report.status != .good { throw report.status }
  }
}
