import ArgumentParser
import Console
import Inspection
import Quantities
import Thanos

struct TimelineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timeline",
    abstract: "A map of the time that blocks cover, by label set and resolution, with gaps and overlaps marked and listed.",
    discussion: """
      Blocks marked for deletion are left out: Thanos keeps those that a compaction has replaced for two more days. In \
      csv, tsv, json and markdown there are three tables in place of the map: what is covered, gaps and overlaps.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Which blocks") var rows: RowOptions

  @Option(
    name: .customLong("min-gap"),
    help: ArgumentHelp(
      "Shorter gaps are none: a block begins with its first sample, some time after the one before it ends.",
      valueName: "duration"))
  var minimumGap = "5m"

  @Option(help: ArgumentHelp("Columns of the map. (default: those of the terminal, 80 without one)", valueName: "columns"))
  var width: Int?

  @Flag(help: "Draw with ASCII characters alone, as it is done in a locale without UTF-8.")
  var ascii = false

  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    _ = try gap
    if let width, !(10...10_000).contains(width) { throw ValidationError("--width \(width): give 10 to 10000 columns") }
  }

  private var gap: Int64 {
    get throws {
      guard let gap = PrometheusDuration.milliseconds(minimumGap) else {
        throw ValidationError("--min-gap \(minimumGap) is no duration: write it as 5m or 1h30m")
      }
      return gap
    }
  }

  func run() async throws {
    let logger = logging.logger("inspect")
    let found = try await rows.rows(of: try source.blocks(logger), logger).rows
    RowOptions.warn(of: found.filter { $0.description == nil }, logger)
    let timelines = SetTimeline.timelines(of: found, minimumGap: try gap)
    let shown = table.output == .table ? 3 : Int.max
    var document = try TimelineDocument.document(of: timelines, shownULIDs: shown) { try table.apply($0) }
    let output = Output.standard
    guard table.output == .table else { return try output.write(document.text(table.output)) }
    let times = try rows.selection().blocks
    let map = TimelineMap(
      timelines, width: width ?? output.columns, minTime: times.minTime, maxTime: times.maxTime,
      symbols: ascii ? .ascii : .usual())
    guard let map else { return try output.write("no blocks with times\n") }
    document.sections.removeAll { $0.key == "spans" }
    try output.write("\(map.text)\n\(document.text(.table))")
  }
}
