import ArgumentParser
import Console
import Delivery
import Logging
import ObjectStore
import Shipping
import Thanos
import Watching

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
        backfill restore  bring blocks from the bucket back into a data folder

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block is in the bucket, or --dry-run found nothing against it",
        .findings: "a block failed (with --dry-run: would fail); the others went in",
        .unfinished: "could not finish: the bucket, or something else, gave out on the way",
        .interrupted: "interrupted by SIGINT or SIGTERM (with --watch that is a good end: 0)",
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
  @OptionGroup(title: "Transfers") var transfer: TransferOptions
  @OptionGroup(title: "Watching") var watch: WatchOptions
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
    if watch.isOn { try validateWatch() }
  }

  private func validateWatch() throws {
    func refusal(_ other: String) -> ValidationError {
      ValidationError("--watch ships blocks as they appear and \(other): give one of them")
    }
    if plan.isDryRun { throw refusal("--dry-run ships none") }
    if prometheus.snapshot { throw refusal("--snapshot sends what there is at one moment") }
    if try !selection.selection().ids.isEmpty { throw refusal("--id names some that are there") }
    if source.path.map(ArchivedDataDirectory.isArchive) == true { throw refusal("to an archive none are added") }
  }

  func run() async throws {
    let log = RoundLog()
    let logger = watch.isOn ? log.logger(logging.logger("backfill")) : logging.logger("backfill")
    let bucket = try bucket.openRequired(logger: logger, traffic: transfer.traffic)
    // Whatever the flags can be wrong in comes out before Prometheus is asked for anything.
    var options = try upload.options(for: selection.selection())
    options.delivery.objectsAtATime = transfer.traffic.requests
    // Round after round the same blocks would be there already, or refused for the same reason.
    options.reportsSkipped = !watch.isOn
    options.reported = watch.isOn ? ReportedLines() : nil
    let service = StatusService(uploadsCompacted: options.uploadsCompacted)
    do {
      try await service.serve(at: watch.listenAddress, logger: logger) {
        try await work(service.metered(bucket), options, service, log, logger)
      }
    } catch is CancellationError where watch.isOn {
      // Before the first round: to be stopped is how a watch ends.
    }
  }

  private func work(
    _ bucket: any Bucket, _ options: BackfillOptions, _ service: StatusService, _ log: RoundLog, _ logger: Logger
  ) async throws {
    let source = try await prometheus.request(path: source.path).resolve(logger: logger)
    let (scratch, style) = (archive.scratch, progress.progress)
    let run: @Sendable () -> BackfillRun = {
      BackfillRun(
        path: source.path, scratch: scratch, bucket: bucket, labels: source.labels, facts: source.facts,
        options: options, progress: style, observer: service.observer, logger: logger)
    }
    if watch.isOn {
      let prometheus = prometheus.url.flatMap { url in source.prometheusLabels.map { (url: url, labels: $0) } }
      return try await service.watch(
        source.path, timing: watch.timing, prometheus: prometheus, log: log, logger: logger, run: run)
    }
    do {
      try await carryOut(run(), logger)
    } catch {
      await source.finish(logger: logger)
      throw error
    }
    await source.finish(logger: logger)
  }

  private func carryOut(_ run: BackfillRun, _ logger: Logger) async throws {
    if plan.isDryRun {
      let report = try await run.rehearse(rate: plan.bytesPerSecond, limit: transfer.traffic.bytesPerSecond)
      try report.print(plan.output, logger)
    } else {
      let report = try await run.run()
      try report.print(plan.output, logger)
    }
  }
}
