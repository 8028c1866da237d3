import BlockBytes
import Platform
import TSDB

extension InspectedBlock {
  /// The index, of one in a bucket only the header, the table of contents and the named sections.
  /// - Throws: `TSDBError` for one that cannot be read, `FileError`, `BucketError`.
  func index(holding sections: [TableOfContents.Section] = [.symbols, .postingsTable]) async throws -> Index {
    let size = index.size
    let tail = (size - min(size, UInt64(TableOfContents.byteCount)))..<size
    let end = try Index(try await data.hold(index, [0..<min(size, 8), tail]))
    // The head of the symbols says which references there are.
    let heads = TableOfContents.Section.symbols
    var parts = [0..<min(size, 8), tail]
    for section in [heads] + sections.filter({ $0 != heads }) {
      let range = end.tableOfContents.range(of: section)
      parts.append(UInt64(range.lowerBound)..<UInt64(range.upperBound))
    }
    return try Index(try await data.hold(index, parts))
  }

  /// Goes through all series of the index with a sum for each thread, in whose order the series come: in parts side by
  /// side where the index is on disk, as they arrive from a bucket.
  /// - Parameters:
  ///   - table: of the index; read anew where it is needed and not given.
  ///   - named: rising references of the series that are meant, as `seriesNamed(by:)` finds them; `nil` for all.
  ///   - threads: sums at most; each takes up its own memory.
  ///   - sum: makes one.
  /// - Returns: the sums, in the order of their parts.
  /// - Throws: `TSDBError` at the first entry that breaks the format, `FileError`, `BucketError`, what `add` throws.
  func reduceSeries<Sum: Sendable>(
    of index: Index, _ table: PostingsTable? = nil, only named: [UInt32]? = nil, threads: Int = 1,
    _ sum: @escaping @Sendable () throws -> Sum,
    _ add: @escaping @Sendable (inout Sum, borrowing SeriesEntry) throws -> Void
  ) async throws -> [Sum] {
    guard data is LocalBlockData, named == nil else {
      return [try await streamSeries(of: index, only: named, sum, add)]
    }
    let stretches =
      threads > 1 ? index.seriesStretches(threads, try table ?? index.postingsTable(checkingChecksum: false))
      : [index.tableOfContents.range(of: .series)]
    return try await withThrowingTaskGroup(of: (Int, Sum).self) { group in
      for (number, stretch) in stretches.enumerated() {
        group.addTask {
          try await BlockingPool.shared.runCancellably { cancellation in
            var (result, count) = (try sum(), 0)
            try index.forEachSeries(in: stretch) {
              count &+= 1
              if count & 4095 == 0 { try cancellation.check() }
              try add(&result, $0)
            }
            return (number, result)
          }
        }
      }
      var sums: [Int: Sum] = [:]
      for try await (number, sum) in group { sums[number] = sum }
      return sums.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// What to read of the series section.
  /// - Parameter named: rising references; `nil` for all series.
  /// - Throws: `TSDBError`.
  func seriesWindows(
    of index: Index, only named: [UInt32]?, window: UInt64 = 1 << 20
  ) throws(TSDBError) -> SeriesWindows {
    guard let named else { return try SeriesWindows(index, window: window) }
    // To wait for a bucket's answer takes as long as to read half a MiB.
    return try SeriesWindows(index, window: window, only: named, gap: data is LocalBlockData ? 16 << 10 : 512 << 10)
  }

  /// Of a bucket: a request for each window, of which the first entry that is not whole begins the next.
  private func streamSeries<Sum: Sendable>(
    of index: Index, only named: [UInt32]?, _ sum: @escaping @Sendable () throws -> Sum,
    _ add: @escaping @Sendable (inout Sum, borrowing SeriesEntry) throws -> Void
  ) async throws -> Sum {
    var state = (series: try seriesWindows(of: index, only: named, window: 16 << 20), sum: try sum())
    while let range = state.series.next {
      let window = try await data.read(self.index, range)
      state = try await BlockingPool.shared.run { [state] in
        var (series, sum) = state
        try series.take(window.rawBytes) { try add(&sum, $0) }
        return (series, sum)
      }
    }
    return state.sum
  }
}
