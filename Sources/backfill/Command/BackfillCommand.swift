import ArgumentParser
import Console
import Logging
import Shipping

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
        .good: "every block is in the bucket", .findings: "a block failed; the others went in",
      ]))
      """,
    version: Version.text)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  @OptionGroup(title: "Prometheus") var prometheus: PrometheusOptions

  @OptionGroup var progress: ProgressOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws { try prometheus.validate(path: source.path) }

  func run() async throws {
    let logger = logging.logger("backfill")
    let bucket = try bucket.openRequired(logger: logger)
    let source = try await prometheus.request(path: source.path).resolve(logger: logger)
    let run = BackfillRun(
      path: source.path, bucket: bucket, labels: source.labels, facts: source.facts, progress: progress.progress,
      logger: logger)
    let report: BackfillReport
    do {
      report = try await run.run()
    } catch {
      await source.finish(logger: logger)
      throw error
    }
    await source.finish(logger: logger)
    try Output.standard.write(report.text)
    if report.status != .good { throw report.status }
  }
}
