import Analysis
import ArgumentParser
import Console
import Thanos

struct ChunksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chunks",
    abstract: "What a block's chunks hold and cost: by encoding, metric and label, with distributions.",
    discussion: """
      Without a block it is the one with the newest data. Every chunk that is asked for is read and its checksum \
      compared; one that is damaged is named, stands in no sum, and makes the exit status 1.
      """)

  @Argument(help: ArgumentHelp("The block: its ULID, or the path of its folder.", valueName: "block"))
  var block: String?

  @Option(
    help: ArgumentHelp("Put the bytes together by these labels, with commas between.", valueName: "label,…"))
  var by = "__name__"

  @Option(help: ArgumentHelp("Only series that match, as 'up{job=\"api\"}'.", valueName: "selector"))
  var match: String?

  @OptionGroup var window: TimeWindowOptions

  @Flag(
    name: .customLong("index-only"),
    help: "Read no segment: bytes by metric or label from the index alone, without samples and encodings.")
  var indexOnly = false

  @Flag(help: "Compress samples of index and chunks with gzip and zstd, and say by how much they shrink.")
  var compression = false

  @OptionGroup var source: SourceOptions
  @OptionGroup(title: "Output") var table: TableOptions
  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func validate() throws { _ = try question }

  private var question: ChunkQuestion {
    get throws {
      let labels = by.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if labels.contains("") { throw ValidationError("--by \(by): give names of labels, as --by namespace,job") }
      if Set(labels).count < labels.count { throw ValidationError("--by \(by): a label is named twice") }
      if indexOnly, compression {
        throw ValidationError("--index-only reads no segment, --compression compresses parts of them: give one of them")
      }
      var question = ChunkQuestion(
        by: labels, in: try window.times(), readsIndexOnly: indexOnly, triesCompression: compression)
      do {
        question.selector = try match.map { try LabelSelector(parsingSeries: $0) }
      } catch {
        throw ValidationError("--match: \(error)")
      }
      return question
    }
  }

  func run() async throws {
    let block = try await source.block(block, logging.logger("inspect"))
    let question = try question
    let analysis = try await DamagedBlock.naming { try await ChunkAnalysis(of: block, question) }
    let limit = table.limit ?? IndexAnalysis.usualLimit
    let document =
      table.isSorted
      ? try analysis.document(of: block.description, limit: limit) { try table.order($0) }
      : analysis.document(of: block.description, limit: limit)
    try Output.standard.write(document.text(table.output))
    let damage = analysis.damage
    guard !damage.isEmpty else { return }
    ErrorOutput.shared.line(
      "inspect: \(block.ulid): damaged chunks: \(damage.chunks), missing: \(damage.missing), damaged segments:"
        + " \(damage.segments); they stand in no sum, the section Damage names them, and verify says more")
    throw ExitStatus.findings
  }
}
