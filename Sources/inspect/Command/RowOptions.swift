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

  @Flag(
    name: .customLong("no-cache"),
    help: "Read every meta.json of a bucket, and remember none. (cache: $XDG_CACHE_HOME/blockhaul, or ~/.cache/blockhaul)")
  var ignoresCache = false

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

  func rows(of source: BlockSource) async throws -> [BlockRow] {
    try await source.rows(try selection(), cache: cache(of: source))
  }

  /// What earlier runs have read of the source; `nil` for a folder, or where it is not to be used.
  func cache(of source: BlockSource) -> MetaCache? {
    guard case .bucket(let bucket) = source, !ignoresCache, let folder = MetaCache.usualFolder() else { return nil }
    return MetaCache(of: bucket, in: folder)
  }
}
