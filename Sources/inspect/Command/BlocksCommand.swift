import ArgumentParser
import Console
import Inspection

struct BlocksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "The table of blocks: Thanos' columns, and the size of index, chunks and all.",
    discussion: """
      Blocks that are uploaded in part or whose meta.json cannot be read are rows of the table; STATE says why. In csv, \
      tsv and json sizes are bytes and times RFC 3339 in UTC.
      """)

  @OptionGroup var source: SourceOptions

  @Option(help: "How to print the table.")
  var output = OutputFormat.table

  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let rows = try await source.blocks(logging.logger("inspect")).rows()
    try Output.standard.write(BlockTable.table(of: rows).text(output))
  }
}
