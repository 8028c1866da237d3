import BlockBytes
import Platform
import TSDB
public import Thanos

/// Which series and which of their samples are meant.
public struct SeriesChoice: Sendable {
  /// `nil` for all series.
  public var selector: LabelSelector?
  /// ms since 1970, both inclusive.
  public var minTime: Int64
  public var maxTime: Int64

  public init(matching selector: LabelSelector? = nil, minTime: Int64 = .min, maxTime: Int64 = .max) {
    (self.selector, self.minTime, self.maxTime) = (selector, minTime, maxTime)
  }

  /// Whether all of a chunk is meant.
  func covers(_ chunk: ChunkMeta) -> Bool { chunk.minTime >= minTime && chunk.maxTime <= maxTime }
  func touches(_ chunk: ChunkMeta) -> Bool { chunk.minTime <= maxTime && chunk.maxTime >= minTime }
}

/// A series that matches.
struct ChosenSeries: Sendable {
  /// As tombstones refer to it.
  let reference: UInt64
  let byteCount: Int
  let labels: [LabelReference]
  /// Those that touch the chosen time.
  let chunks: [ChunkMeta]
}

/// The series of a block that match, in the order of the index, some at a time.
///
/// Of a selector that names labels only the series in their postings lists are read, see `seriesNamed(by:)`.
/// - Memory: a window of 1 MiB of the index and the series in it, and 4 bytes a series of those lists.
struct SeriesBatches: Sendable {
  let symbols: SymbolTable
  private let block: InspectedBlock
  private let choice: SeriesChoice
  private var windows: SeriesWindows
  private var matcher: SeriesMatcher?

  /// - Throws: `TSDBError` for an index that cannot be read, `FileError`, `BucketError`.
  init(_ block: InspectedBlock, _ choice: SeriesChoice) async throws {
    self.block = block
    self.choice = choice
    let index = try await block.index(holding: choice.selector == nil ? [.symbols] : [.symbols, .postingsTable])
    symbols = try await BlockingPool.shared.run { try index.symbols() }
    var named: [UInt32]?
    if let selector = choice.selector {
      let table = try await BlockingPool.shared.run { try index.postingsTable() }
      named = try await block.seriesNamed(by: selector, index, table)
      matcher = try SeriesMatcher(selector, symbols)
    }
    windows = try block.seriesWindows(of: index, only: named)
  }

  /// The next ones; `nil` after the last.
  /// - Throws: `TSDBError`, `FileError`, `BucketError`, `CancellationError`.
  mutating func next() async throws -> [ChosenSeries]? {
    while let range = windows.next {
      try Task.checkCancellation()
      let window = try await block.data.read(block.index, range)
      let (windows, matcher, batch) = try await BlockingPool.shared.run { [windows, matcher, choice] in
        var (windows, matcher) = (windows, matcher)
        var batch: [ChosenSeries] = []
        try windows.take(window.rawBytes) { entry in
          guard try matcher?.matches(entry) ?? true else { return }
          let chunks = entry.chunks.filter { choice.touches($0) }
          guard !chunks.isEmpty || entry.chunks.isEmpty else { return }
          // A copy: to keep the entry's own array would leave it to allocate one for each series, with room for more.
          let labels = entry.labels.map { $0 }
          batch.append(
            ChosenSeries(reference: entry.reference, byteCount: entry.byteCount, labels: labels, chunks: chunks))
        }
        return (windows, matcher, batch)
      }
      (self.windows, self.matcher) = (windows, matcher)
      if !batch.isEmpty { return batch }
    }
    return nil
  }
}
