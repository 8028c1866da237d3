import Analysis
import ArgumentParser
import Console
import Logging
import Thanos

enum DumpFormat: String, CaseIterable, ExpressibleByArgument {
  case promtool
  case openmetrics

  var format: SampleDump.Format { self == .promtool ? .promtool : .openmetrics }
}

struct SeriesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "series",
    abstract: "A block's series with their chunks, times, samples and bytes; or the samples themselves.",
    discussion: """
      Without a block it is the one with the newest data. With --samples each sample is a line, as promtool tsdb dump has \
      it, or as promtool tsdb create-blocks-from openmetrics reads it. csv, tsv and dumps come as they are read.
      """)

  @Argument(help: ArgumentHelp("The block: its ULID, or the path of its folder.", valueName: "block"))
  var block: String?

  @Option(help: ArgumentHelp("Only series that match, as 'up{job=\"api\"}'.", valueName: "selector"))
  var match: String?

  @OptionGroup var window: TimeWindowOptions

  @Flag(help: "Print the samples.")
  var samples = false

  @Option(help: ArgumentHelp("What samples are written in.", valueName: "format"))
  var format: DumpFormat?

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    _ = try choice
    if format != nil, !samples { throw ValidationError("--format says how samples are written: give --samples too") }
    if samples, table.isSorted || table.limit != nil {
      throw ValidationError("--samples prints all that match: --sort-by and --limit are for the table of series")
    }
    if samples, table.output != .table {
      throw ValidationError("--samples has lines, no table: use --format, not --output")
    }
  }

  private var choice: SeriesChoice {
    get throws {
      let times = try window.times() ?? .min ... .max
      var choice = SeriesChoice(minTime: times.lowerBound, maxTime: times.upperBound)
      do {
        choice.selector = try match.map { try LabelSelector(parsingSeries: $0) }
      } catch {
        throw ValidationError("--match: \(error)")
      }
      return choice
    }
  }

  func run() async throws {
    let logger = logging.logger("inspect")
    let block = try await source.block(block, logger)
    let choice = try choice
    try await DamagedBlock.naming {
      if samples { try await dump(block, choice, logger) } else { try await list(block, choice) }
    }
  }

  private func list(_ block: InspectedBlock, _ choice: SeriesChoice) async throws {
    var printer = try RowPrinter(SeriesListing.columns, table)
    var listing = try await SeriesListing(of: block, choice, limit: RowPrinter.limit(table))
    while let rows = try await listing.next() { try Output.standard.write(try printer.text(rows)) }
    try Output.standard.write(try printer.end())
  }

  private func dump(_ block: InspectedBlock, _ choice: SeriesChoice, _ logger: Logger) async throws {
    var dump = try await SampleDump(of: block, choice, as: format?.format ?? .promtool)
    while let text = try await dump.next() { try Output.standard.write(text) }
    try Output.standard.write(dump.end)
    let left = dump.leftOut
    for (samples, words) in [
      (left.staleMarkers, "are markers of an end of a series, written as NaN: OpenMetrics has no other word"),
      (left.quotedNames, "have names in quotes, which Prometheus reads from 3.0 on: an older promtool refuses the file"),
      (left.early, "are from before 1970: promtool makes no block of them"),
      (left.nameless, "of series without a name are left out: OpenMetrics demands one"),
      (left.invalid, "of series whose labels are no UTF-8 are left out: nobody reads a file with one of them"),
      (left.histograms, "of native histograms are left out: OpenMetrics' text has no place for them; --format promtool has"),
    ] where samples > 0 {
      logger.warning("\(samples) samples \(words)")
    }
    if left.nameless > 0 || left.invalid > 0 || left.histograms > 0 { throw ExitStatus.findings }
  }
}
