import Analysis
import ArgumentParser
import Console
import Inspection
import Page
import Planning
import Platform
import Quantities

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "All of it as one page of HTML that opens from disk: timeline, sizes, growth, index, chunks and plan.",
    discussion: """
      Index and chunks are of one block: the largest raw one among those that end last, or --block. All its chunks are \
      read, save with --index-only. The page asks for nothing over the network and runs no script. What is wrong with a \
      block stands on the page.
      """)

  @Option(help: ArgumentHelp("Where to write the page; - for standard output.", valueName: "file"))
  var html: String

  @Option(help: ArgumentHelp("Look into this block: its ULID, or the path of its folder.", valueName: "block"))
  var block: String?

  @Option(help: ArgumentHelp("Put the bytes of chunks together by these labels, with commas between.", valueName: "label,…"))
  var by = "__name__"

  @Flag(
    name: .customLong("index-only"),
    help: "Read no segment of the block: bytes by metric or label from the index alone, without distributions.")
  var indexOnly = false

  @Option(help: ArgumentHelp("Rows of each list at most.", valueName: "count"))
  var limit = IndexAnalysis.usualLimit

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Which blocks") var rows: RowOptions
  @OptionGroup(title: "Policy") var policy: PolicyOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws {
    if html.isEmpty { throw ValidationError("--html: give the path of a file, or - for standard output") }
    if limit < 0 { throw ValidationError("--limit \(limit): give a number of rows, 0 or more") }
    _ = try labels
  }

  private var labels: [String] {
    get throws {
      let labels = by.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if labels.contains("") { throw ValidationError("--by \(by): give names of labels, as --by namespace,job") }
      if Set(labels).count < labels.count { throw ValidationError("--by \(by): a label is named twice") }
      return labels
    }
  }

  func run() async throws {
    let question = ReportQuestion(
      selection: try rows.selection(), policy: try policy.policy, prices: try policy.prices.map { try Prices(file: $0) },
      block: block, chunks: ChunkQuestion(by: try labels, readsIndexOnly: indexOnly), limit: limit)
    let file = html == "-" ? nil : PageFile(path: html)
    try await file?.tryOut()
    let blocks = try source.blocks(logging.logger("inspect"))
    let report = try await BlockReport(
      of: blocks, location: blocks.location, question, caches: rows.cache.folder, clock: WallClock.milliseconds)
    let page = ReportPage(report).html
    if let file {
      try await file.write(page)
      let size = ByteSize.text(UInt64(page.utf8.count))
      try Output.standard.line("\(html): \(size)" + (report.notices.isEmpty ? "" : ", \(report.notices.count) notices"))
    } else {
      try Output.standard.write(page)
    }
    if report.notices.contains(where: \.isDamage) { throw ExitStatus.findings }
  }
}
