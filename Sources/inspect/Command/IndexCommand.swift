import Analysis
import ArgumentParser
import Console
import Thanos

struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "What a block's index holds and costs: by section, metric and label, and all that promtool tsdb analyze says.",
    discussion: """
      Without a block it is the one with the newest data. Of a block in a bucket the symbols, the series and the postings \
      offset table are read, no postings list and no chunk.
      """)

  @Argument(help: ArgumentHelp("The block: its ULID, or the path of its folder.", valueName: "block"))
  var block: String?

  @Option(help: ArgumentHelp("Only series that match, as 'up{job=\"api\"}'.", valueName: "selector"))
  var match: String?

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws { _ = try selector }

  private var selector: LabelSelector? {
    get throws {
      do {
        return try match.map { try LabelSelector(parsingSeries: $0) }
      } catch {
        throw ValidationError("--match: \(error)")
      }
    }
  }

  func run() async throws {
    let block = try await source.block(block, logging.logger("inspect"))
    let limit = table.limit ?? IndexAnalysis.usualLimit
    let selector = try selector
    let analysis = try await DamagedBlock.naming {
      try await IndexAnalysis(of: block, matching: selector, limit: limit)
    }
    let document = try analysis.document(of: block.description, limit: limit) { try table.order($0) }
    try Output.standard.write(document.text(table.output))
  }
}
