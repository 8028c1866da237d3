import ArgumentParser
import Console
import Inspection
import Logging
import Platform
import Thanos

/// Which blocks are rows, and whether what earlier runs have read of a bucket is used: for commands about all blocks.
struct RowOptions: ParsableArguments {
  @OptionGroup(title: "Which blocks") var blocks: SelectionOptions

  @Option(
    name: .customLong("resolution"), parsing: .singleValue,
    help: ArgumentHelp("Only blocks of this resolution: raw, 5m or 1h. May be given again.", valueName: "resolution"))
  var resolutions: [String] = []

  @Option(
    name: .customLong("level"), parsing: .singleValue,
    help: ArgumentHelp("Only blocks of this compaction level. May be given again.", valueName: "level"))
  var levels: [Int64] = []

  @OptionGroup(title: "Which blocks") var cache: CacheOptions

  func validate() throws { _ = try selection() }

  func selection() throws -> RowSelection {
    var chosen: Set<Resolution> = []
    for text in resolutions {
      guard let resolution = Resolution(name: text) else {
        throw ValidationError("--resolution \(text): give raw, 5m or 1h")
      }
      chosen.insert(resolution)
    }
    return RowSelection(try blocks.selection(), resolutions: chosen, levels: Set(levels))
  }

  /// Says on standard error how many blocks were left out because nobody knows whether they are meant.
  func rows(of source: BlockSource, _ logger: Logger) async throws -> SelectedRows {
    let selected = try await source.selected(try selection(), cache: source.cache(.meta, in: cache.folder))
    Self.warn(of: selected.undescribed, logger)
    return selected
  }

  static func warn(of undescribed: [BlockRow], _ logger: Logger) {
    let count = undescribed.count
    if count > 0 { logger.warning("\(count) block\(count == 1 ? "" : "s") without a readable meta.json left out") }
  }
}
