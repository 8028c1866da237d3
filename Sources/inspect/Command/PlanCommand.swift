import ArgumentParser
import Console
import Inspection
import Planning
import Platform
import Quantities

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "What bucket, store gateway and compactor will need, and what it costs, from what the blocks show.",
    discussion: """
      Of the blocks meta.json, sizes, markers and the last 52 bytes of each index are read; of label sets whose blocks are \
      all equally long the indexes of two, for churn. Estimates are marked as such, each with what it rests on. The plan \
      begins at the end of the newest block.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Policy") var policy: PolicyOptions

  @Flag(
    help: ArgumentHelp(
      "Measure churn of every label set from the indexes of two blocks. (Otherwise where lengths do not show it, and for"
        + " \(ByteSize.text(MeasuredChurn.usualLimit)) of indexes at most.)"))
  var churn = false

  @OptionGroup(title: "Bucket") var cache: CacheOptions
  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let prices = try policy.prices.map { try Prices(file: $0) }
    let plan = try await CapacityPlan(
      of: try source.blocks(logging.logger("inspect")), policy: try policy.policy, prices: prices,
      clock: WallClock.milliseconds, caches: cache.folder, churnLimit: churn ? nil : MeasuredChurn.usualLimit)
    // Lists are cut for people alone.
    let document = try plan.document(limit: table.limit ?? (table.output == .table ? 20 : nil)) { try table.order($0) }
    try Output.standard.write(document.text(table.output))
  }
}
