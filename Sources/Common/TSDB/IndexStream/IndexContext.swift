/// What an index is held against besides itself.
public struct IndexSurroundings: Sendable {
  /// Milliseconds since 1970, the block's first and the one after its last; `nil` where meta.json cannot be read.
  public var times: (min: Int64, max: Int64)?
  /// Bytes of each segment, to find references to places behind their ends; `nil` where the segments are not known, or
  /// not in their places. For segments that are not there see `IndexCounts.lastSegment`.
  public var segmentSizes: [UInt64]?

  public init(times: (min: Int64, max: Int64)? = nil, segmentSizes: [UInt64]? = nil) {
    self.times = times
    self.segmentSizes = segmentSizes
  }
}

/// How much of an index is kept in memory to hold its postings lists against its series. Of a larger index that is not
/// done, and noted.
public struct IndexLimits: Sendable {
  /// 8 bytes each: 64 MiB.
  public var symbols = 8 << 20
  /// 16 bytes each: 64 MiB.
  public var lists = 4 << 20
  /// A bit for each place that can have one, every 16 bytes: 64 MiB for 8 GiB of series.
  public var seriesPlaces = 512 << 20

  public init() {}
}

/// What the sections of an index leave to those behind them.
struct IndexContext: Sendable {
  let file: String
  let surroundings: IndexSurroundings
  var isVersion1 = false
  var faults = FaultList()
  /// Whether anything cannot be trusted, so that sums over the whole index say nothing.
  var isDamaged = false
  /// Whether every series entry could be read.
  var seriesAreIntact = true
  /// Whether a row of an offset table does not lead to a list of its own.
  var hasWrongTable = false
  /// Whether the postings offset table has a row for all series.
  var hasListOfAll = false
  var symbols: SymbolLedger
  var series = SeriesSet()
  var labels = LabelLedger(tableSize: 0)
  var postings: PassedLists
  var labelIndices: PassedLists
  /// Of the label indices less that of the postings table, over all (name, value).
  var labelIndexSum: UInt64 = 0
  var counts = IndexCounts()
  /// Neighbouring chunks of a series with the same times.
  var twins = ChunkTwins()
  /// Bytes that the section at hand wants to see at once before it goes on.
  var needed = 0

  let limits: IndexLimits

  init(file: String, surroundings: IndexSurroundings, limits: IndexLimits) {
    (self.file, self.surroundings, self.limits) = (file, surroundings, limits)
    symbols = SymbolLedger(isVersion1: false, limit: limits.symbols)
    postings = PassedLists(limit: limits.lists)
    labelIndices = PassedLists(limit: limits.lists)
  }

  /// Counts a fault, and makes those of it that are kept.
  mutating func find(
    _ kind: BlockFault.Kind, at offset: UInt64, series: UInt64? = nil, _ message: @autoclosure () -> String
  ) {
    guard faults.count(kind, in: file) else { return }
    faults.keep(BlockFault(kind, file: file, offset: offset, seriesEntry: series, message()))
  }

  /// Damage: the sums over the index say nothing any more.
  mutating func find(_ fault: Fault, base: UInt64) {
    isDamaged = true
    faults.append(
      BlockFault(TSDBError(fault, in: file, base: base), malformed: .indexMalformed, checksum: .indexChecksum))
  }
}

/// Pairs of chunks of a series that have the same times: what is in them tells whether they are the same.
public struct ChunkTwins: Sendable {
  /// Pairs that are kept to be compared.
  public static let limit = 10_000

  public struct Pair: Equatable, Sendable {
    public let first: UInt64
    public let second: UInt64
    /// Of the series entry.
    public let entry: UInt64
    /// Milliseconds since 1970, both inclusive.
    public let minTime: Int64
    public let maxTime: Int64
  }

  public private(set) var pairs: [Pair] = []
  /// Of all pairs, also those not kept.
  public private(set) var count: UInt64 = 0

  mutating func append(_ first: ChunkMeta, _ second: ChunkMeta, entry: UInt64) {
    count &+= 1
    guard pairs.count < Self.limit else { return }
    pairs.append(
      Pair(
        first: first.reference, second: second.reference, entry: entry, minTime: first.minTime, maxTime: first.maxTime))
  }
}
