import Inspection
import TSDB
import Thanos

/// The bytes of blocks spread evenly over the time that each covers, in columns of equal length.
struct SizesByTime: Sendable {
  private struct Piece: Sendable {
    let from: Double
    let until: Double
    /// In the order of `layers`.
    let parts: [Double]
  }

  private static let layers = [Layers.rawChunks, Layers.rawIndex, Layers.fiveMinutes, Layers.oneHour]
  /// Lengths of a column, ms: minutes, hours, days.
  private static let lengths: [Double] =
    [1, 5, 10, 30].map { $0 * 60_000 } + [1, 2, 4, 6, 12].map { $0 * 3_600_000 }
    + [1, 2, 7, 14, 28, 91, 182, 364].map { $0 * 86_400_000 }

  private let pieces: [Piece]
  private let layers: [ColumnChart.Layer]

  init(_ rows: [BlockRow]) {
    let all = rows.compactMap(Self.piece)
    let (layers, places) = Layers.present(Self.layers, in: all.map(\.parts))
    self.layers = layers
    pieces = all.map { piece in Piece(from: piece.from, until: piece.until, parts: places.map { piece.parts[$0] }) }
  }

  private static func piece(_ row: BlockRow) -> Piece? {
    guard let description = row.description, let sizes = row.sizes, !row.markers.contains(.deletion) else { return nil }
    let (from, until) = (Double(description.meta.minTime), Double(description.meta.maxTime))
    guard until > from else { return nil }
    var parts = [Double](repeating: 0, count: Self.layers.count)
    if description.resolution <= .raw {
      parts[0] = Double(sizes.total) - Double(sizes.index)
      parts[1] = Double(sizes.index)
    } else {
      parts[description.resolution <= .fiveMinutes ? 2 : 3] = Double(sizes.total)
    }
    return Piece(from: from, until: until, parts: parts)
  }

  /// `nil` where nothing is to be seen.
  var chart: ColumnChart? {
    guard !layers.isEmpty else { return nil }
    let total = pieces.reduce(0) { $0 + $1.parts.reduce(0, +) }
    let from = pieces.map(\.from).min() ?? 0
    let until = pieces.map(\.until).max() ?? 0
    return ColumnChart(
      summary: "\(Quantity.bytes.text(total)) from \(TimeTicks.moment(from)) to \(TimeTicks.moment(until)) UTC, in"
        + " columns of equal length; the tables below have the sizes of blocks.",
      layers: layers, columns: { size in columns(from, until, atMost: size == .wide ? 120 : 48) }, quantity: .bytes,
      ticks: { TimeTicks.ticks(from: $0.lowerBound, until: $0.upperBound, count: Axes.timeTicks($1)) })
  }

  private func columns(_ from: Double, _ until: Double, atMost count: Int) -> [ColumnChart.Column] {
    // Times of a broken meta.json may be so far apart that no calendar has a column for them.
    let least = (until - from) / Double(count - 2)
    // Within a block nothing is known: columns are about as long as the shortest one, or longer.
    let shortest = min(pieces.map { $0.until - $0.from }.min() ?? 0, 14 * 86_400_000)
    let length = Self.lengths.first { $0 >= least && $0 >= shortest * 0.9 } ?? least
    let first = (from / length).rounded(.down)
    let number = min(count, Int(((until / length).rounded(.up) - first).rounded()))
    var sums = [[Double]](repeating: [Double](repeating: 0, count: layers.count), count: max(1, number))
    for piece in pieces {
      let start = max(0, min(sums.count - 1, Int((piece.from / length - first).rounded(.down))))
      let end = max(start, min(sums.count - 1, Int((piece.until / length - first).rounded(.down))))
      for column in start...end {
        let left = (first + Double(column)) * length
        let shared = min(piece.until, left + length) - max(piece.from, left)
        guard shared > 0 else { continue }
        for layer in layers.indices { sums[column][layer] += piece.parts[layer] * shared / (piece.until - piece.from) }
      }
    }
    return sums.enumerated().map { number, parts in
      let left = (first + Double(number)) * length
      return ColumnChart.Column(from: left, until: left + length, name: TimeTicks.moment(left), parts: parts)
    }
  }
}
