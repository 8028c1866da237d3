import ArgumentParser
import Inspection

/// Whether what earlier runs have read of a bucket is used.
struct CacheOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-cache"),
    help: "Read every meta.json of a bucket, and remember none. (cache: $XDG_CACHE_HOME/blockhaul, or ~/.cache/blockhaul)")
  var ignoresCache = false

  /// `nil` for none.
  var folder: String? { ignoresCache ? nil : BlockCache.usualFolder() }
}
