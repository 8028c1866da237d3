import Analysis
import ArgumentParser
import Console
import Platform

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "What changed between two blocks: series that came and went by metric and label, and growth in bytes.",
    discussion: """
      Blocks are ULIDs of the source or paths of their folders. With --at, twice, they are those that cover two times. Of \
      a block in a bucket the symbols and the series are read, no chunk.
      """)

  @Argument(help: ArgumentHelp("The block before.", valueName: "before"))
  var before: String?

  @Argument(help: ArgumentHelp("The block after.", valueName: "after"))
  var after: String?

  // A value that begins with a dash is no flag here.
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("The block that covers this time (RFC 3339, or -2d). Twice.", valueName: "time"))
  var at: [String] = []

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    _ = try times
    let isNamed = before != nil && after != nil && at.isEmpty
    guard isNamed || before == nil && at.count == 2 else {
      throw ValidationError("give two blocks, or two times: --at 2025-06-30T12:00:00Z --at -2h")
    }
  }

  private var times: [Int64] {
    get throws {
      let now = WallClock.milliseconds
      return try at.compactMap { try TimeFlag.time($0, "--at", now: now) }
    }
  }

  func run() async throws {
    let logger = logging.logger("inspect")
    let limit = table.limit ?? IndexAnalysis.usualLimit
    let times = try times
    try await DamagedBlock.naming {
      let blocks: (InspectedBlock, InspectedBlock)
      if times.count == 2 {
        let choice = try source.choice(logger)
        blocks = (try await choice.open(at: times[0]), try await choice.open(at: times[1]))
      } else {
        blocks = (try await source.block(before, logger), try await source.block(after, logger))
      }
      let diff = try await BlockDiff(from: blocks.0, to: blocks.1, limit: limit)
      let document = try diff.document(blocks.0.description, blocks.1.description, limit: limit) { try table.order($0) }
      try Output.standard.write(document.text(table.output))
    }
  }
}
