import ArgumentParser
import Console
import Logging
import Shipping

struct BackfillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill",
    abstract: "Upload a Prometheus' blocks, compacted ones too, to Thanos' object storage.",
    discussion: """
      Every block of the data folder that the bucket does not have yet goes in, oldest first: chunks, index, and \
      meta.json last. The blocks are only read. Run again, it uploads what is missing and nothing else. \
      --tsdb.path may also be an archive of the data folder: a tar, plain or packed with gzip or zstd.

      SUBCOMMANDS (each with a --help of its own):
        backfill copy     copy blocks from one bucket into another

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is in the bucket, or --dry-run found nothing against it",
        .findings: "a block failed (with --dry-run: would fail); the others went in",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Archives") var archive: ArchiveOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  @OptionGroup(title: "Prometheus") var prometheus: PrometheusOptions

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Plan") var plan: PlanOptions
  @OptionGroup(title: "Upload") var upload: UploadOptions
  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    try prometheus.validate(path: source.path)
    if plan.isDryRun, prometheus.snapshot {
      throw ValidationError("--dry-run writes nothing and --snapshot has Prometheus write one: give one of them")
    }
    if upload.writesShipperFile, prometheus.snapshot || source.path.map(ArchivedDataDirectory.isArchive) == true {
      throw ValidationError("--shipper.write-file goes with a data folder, not with a snapshot or an archive")
    }
  }

  func run() async throws {
    let logger = logging.logger("backfill")
    let bucket = try bucket.openRequired(logger: logger)
    // Whatever the flags can be wrong in comes out before Prometheus is asked for anything.
    let options = try upload.options(for: selection.selection())
    let source = try await prometheus.request(path: source.path).resolve(logger: logger)
    let run = BackfillRun(
      path: source.path, scratch: archive.scratch, bucket: bucket, labels: source.labels, facts: source.facts,
      options: options, progress: progress.progress, logger: logger)
    do {
      try await carryOut(run, logger)
    } catch {
      await source.finish(logger: logger)
      throw error
    }
    await source.finish(logger: logger)
  }

  private func carryOut(_ run: BackfillRun, _ logger: Logger) async throws {
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
