public import OrderedJSON
public import TSDB

/// The `index_stats` of a meta.json, from which a store gateway sizes its reads.
public struct IndexStatistics: Equatable, Sendable {
  /// Largest distance between two series entries, in bytes.
  public private(set) var seriesMaxSize: UInt64 = 0
  /// Largest distance between two chunks of a series in one segment, in bytes.
  public private(set) var chunkMaxSize: UInt64 = 0

  private var previousSeries: UInt64?

  public init() {}

  /// Walks a whole index; every series entry's CRC-32C is checked on the way.
  /// - Throws: `TSDBError` at the first entry that breaks the format.
  public init(of index: Index) throws {
    try index.forEachSeries { add($0) }
  }

  /// Takes in the next series of an index, in the order of the file.
  ///
  /// The figures are those of Thanos' `GatherIndexHealthStats`: sizes are the distances to the next entry, so that the
  /// last series of an index and the last two chunks of each series do not count.
  mutating func add(_ series: borrowing SeriesEntry) {
    let (offset, chunks) = (series.offset, series.chunks)
    if let previousSeries, offset > previousSeries { seriesMaxSize = max(seriesMaxSize, offset - previousSeries) }
    previousSeries = offset
    for place in chunks.indices.dropLast(2) {
      let here = chunks[place].reference
      let next = chunks[place + 1].reference
      // Two chunks in different segments say nothing of a size.
      if here >> 32 == next >> 32, next > here { chunkMaxSize = max(chunkMaxSize, next - here) }
    }
  }

  /// As Thanos writes it: a figure of 0 is left out.
  public var document: JSONObject {
    var object: JSONObject = [:]
    if seriesMaxSize > 0 { object["series_max_size"] = .integer(seriesMaxSize) }
    if chunkMaxSize > 0 { object["chunk_max_size"] = .integer(chunkMaxSize) }
    return object
  }
}
