import ArgumentParser
import Console
import Inspection

struct BlocksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "The table of blocks: Thanos' columns, and the size of index, chunks and all.",
    discussion: """
      Blocks that are uploaded in part or whose meta.json cannot be read are rows of the table; STATE says why. They are \
      left out where times, labels, resolution or level are asked for, which nobody knows of them; a line on standard \
      error says how many. Sizes are those of the files that are there, whatever meta.json says. In csv, tsv and json sizes are bytes and times RFC 3339 in UTC.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Which blocks") var rows: RowOptions

  @Option(
    help: ArgumentHelp(
      "Only these columns, in this order: names from the heading, separated by commas.", valueName: "names"))
  var columns: String?

  @Flag(help: "Also the totals by label set and resolution, which the table has below the rows in any case.")
  var totals = false

  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws { _ = try shaped(BlockTable.table(of: [])) }

  func run() async throws {
    let logger = logging.logger("inspect")
    let selected = try await rows.rows(of: try source.blocks(logger), logger)
    let rows = selected.rows
    let blocks = try shaped(BlockTable.table(of: rows))
    func totalsTable() -> Table { BlockTotals.table(of: rows, leftOut: selected.undescribed) }
    let output = Output.standard
    if table.output == .table {
      try output.write(blocks.text(.table))
      if totals || rows.count + selected.undescribed.count > 1 { try output.write("\n" + totalsTable().text(.table)) }
    } else if totals {
      let document = Document(
        schema: "blockhaul.inspect.blocks/1",
        [Document.Section("blocks", "Blocks", blocks), Document.Section("totals", "Totals", totalsTable())])
      try output.write(document.text(table.output))
    } else {
      try output.write(blocks.text(table.output))
    }
  }

  private func shaped(_ blocks: Table) throws -> Table {
    let ordered = try table.apply(blocks)
    guard let columns else { return ordered }
    if columns.split(separator: ",").isEmpty { throw ValidationError("--columns names none: leave it out for all") }
    do {
      return try ordered.selecting(columns.split(separator: ",").map(String.init))
    } catch {
      throw ValidationError("--columns: \(error)")
    }
  }
}
