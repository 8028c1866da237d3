import ArgumentParser
import Console
import Copying
import Logging
import ObjectStore
import Quantities
import Thanos

struct CopyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backfill copy",
    abstract: "Copy Thanos' blocks from one bucket into another.",
    discussion: """
      Every block that the destination does not have yet goes in, oldest first, meta.json last and byte for byte: raw \
      and downsampled ones, of whatever source. The bytes pass through memory, are hashed on the way, and what is not \
      as it should be does not come to be there. The source is only read. Nothing in the destination is ever \
      overwritten that has a meta.json. Run again, it copies what is missing and nothing else.

      \(ExitStatus.help([.good, .findings, .usage, .unfinished, .interrupted], words: [
        .good: "every block that was chosen is in the destination, or left out for a reason that is named",
        .findings: "a block failed (with --dry-run: would fail); the others went in",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: BucketOptions
  @OptionGroup(title: "Destination") var destination: DestinationBucketOptions

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Selection") var kinds: BlockKindOptions
  @OptionGroup(title: "Plan") var plan: PlanOptions
  @OptionGroup(title: "Copy") var delivery: DeliveryFlags
  @OptionGroup(title: "Transfers") var transfer: TransferOptions
  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let logger = logging.logger("backfill copy")
    var options = CopyOptions()
    options.selection = try selection.selection()
    options.resolutions = Set(kinds.resolutions)
    options.levels = Set(kinds.levels)
    options.delivery = delivery.options
    options.stateFolder = delivery.stateFolder
    options.reportPath = delivery.report
    let run = try CopyRun(
      from: source.openRequired(logger: logger, traffic: transfer.traffic),
      to: destination.openRequired(logger: logger, traffic: transfer.traffic), options: options,
      progress: progress.progress, logger: logger)
    if plan.isDryRun {
      let report = try await run.rehearse(rate: plan.bytesPerSecond, limit: transfer.traffic.bytesPerSecond)
      try report.print(plan.output, logger)
    } else {
      let report = try await run.run()
      try report.print(plan.output, logger)
    }
  }
}

/// `--resolution` and `--compaction`, named as in `thanos tools bucket replicate`.
struct BlockKindOptions: ParsableArguments {
  @Option(
    name: .customLong("resolution"), parsing: .singleValue,
    help: ArgumentHelp("Only blocks of this resolution: 0s (raw), 5m or 1h. May be given again.", valueName: "duration"),
    transform: BlockKindOptions.resolution)
  var resolutions: [Resolution] = []

  @Option(
    name: .customLong("compaction"), parsing: .singleValue,
    help: ArgumentHelp("Only blocks of this compaction level, 1 for uncompacted. May be given again.", valueName: "level"))
  var levels: [Int64] = []

  private static func resolution(_ text: String) throws -> Resolution {
    guard let duration = GoDuration.parse(text) ?? PrometheusDuration.parse(text),
      let resolution = [Resolution.raw, .fiveMinutes, .oneHour].first(where: {
        .milliseconds($0.milliseconds) == duration
      })
    else { throw ValidationError("expected 0s, 5m or 1h") }
    return resolution
  }
}
