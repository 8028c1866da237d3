import ArgumentParser
import Console
import Inspection
import Logging
import ObjectStore

struct BlocksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blocks",
    abstract: "The table of blocks: Thanos' columns, and the size of index, chunks and all.",
    discussion: """
      Blocks that are uploaded in part or whose meta.json cannot be read are rows of the table; STATE says why. In csv, \
      tsv and json sizes are bytes and times RFC 3339 in UTC.
      """)

  @OptionGroup(title: "Source") var source: DataDirectoryOptions
  @OptionGroup(title: "Bucket") var bucket: BucketOptions

  @Option(help: "How to print the table.")
  var output = OutputFormat.table

  @OptionGroup(title: "Logging") var logging: LoggingOptions

  func run() async throws {
    let rows = try await blockSource(logging.logger("inspect")).rows()
    try Output.standard.write(BlockTable.table(of: rows).text(output))
  }

  private func blockSource(_ logger: Logger) throws -> BlockSource {
    switch (source.path, try bucket.open(logger: logger)) {
    case (let path?, nil): return .folder(path)
    case (nil, let bucket?): return .bucket(bucket)
    case (nil, nil): throw ValidationError("nothing to inspect: give --tsdb.path or --objstore.config-file")
    case (_?, _?): throw ValidationError("--tsdb.path and --objstore.config-file are two sources: give one of them")
    }
  }
}
