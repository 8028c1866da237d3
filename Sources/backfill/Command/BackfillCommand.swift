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
      meta.json last. The folder is only read. Run again, it uploads what is missing and nothing else.

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is in the bucket, or --dry-run found nothing against it",
        .findings: "a block failed (with --dry-run: would fail); the others went in",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  @Option(
    name: .customLong("label"), parsing: .singleValue,
    help: ArgumentHelp(
      "External label of this Prometheus, name=\"value\". Give it once for each; at least one.", valueName: "label"))
  var labels: [String] = []

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Plan") var plan: PlanOptions
  @OptionGroup(title: "Upload") var upload: UploadOptions
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
    let run = BackfillRun(
      path: source.path ?? "", bucket: try bucket.openRequired(logger: logger),
      labels: try ExternalLabels(parsing: labels), options: try upload.options(for: selection.selection()),
      progress: progress.progress, logger: logger)
    if plan.isDryRun {
      let report = try await run.rehearse(rate: plan.bytesPerSecond)
      try print(report.text(plan.output), totals: report.totals, report.status, logger)
    } else {
      let report = try await run.run()
      try print(report.text(plan.output), totals: report.totals, report.status, logger)
    }
  }

  /// Formats for programs have rows only; who watches sees the totals on standard error then.
  private func print(_ text: String, totals: String, _ status: ExitStatus, _ logger: Logger) throws {
    try Output.standard.write(text)
    if plan.output != .table {
      for line in totals.split(separator: "\n") { logger.info("\(line)") }
    }
    if status != .good { throw status }
  }
}
