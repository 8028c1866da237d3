public import Console
import Quantities
import TSDB
import Thanos

/// What the blocks of each label set and resolution come to, and all of them together.
public struct BlockTotals: Sendable {
  private struct Sum {
    var blocks = 0
    var from: Int64?
    var until: Int64?
    var samples: Int64 = 0
    var chunks: Int64 = 0
    var sizes = BlockSizes()
    /// Bytes of the blocks whose samples are counted.
    var described = BlockSizes()

    mutating func add(_ row: BlockRow) {
      blocks += 1
      if let sizes = row.sizes { self.sizes.add(sizes) }
      guard let meta = row.description?.meta else { return }
      from = min(from ?? meta.minTime, meta.minTime)
      until = max(until ?? meta.maxTime, meta.maxTime)
      samples = Self.sum(samples, meta.stats.samples)
      chunks = Self.sum(chunks, meta.stats.chunks)
      if let sizes = row.sizes { described.add(sizes) }
    }

    /// Counts out of a meta.json may be anything: those below zero count as none, a sum stops at the largest.
    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
      let (result, overflow) = left.addingReportingOverflow(max(0, right))
      return overflow ? .max : result
    }

    var cells: [Cell] {
      let bytesPerSample = samples > 0 ? Double(described.total) / Double(samples) : nil
      let samplesPerChunk = chunks > 0 ? Double(samples) / Double(chunks) : nil
      return [
        .count(blocks), from.map { .time(BlockTable.wholeSeconds($0)) } ?? .empty,
        until.map { .time(BlockTable.wholeSeconds($0)) } ?? .empty, .integer(samples), .integer(chunks),
      ] + BlockTable.weights(sizes, bytesPerSample, samplesPerChunk)
    }
  }

  private static let columns = [
    Table.Column("LABELS", key: "LABELS"), Table.Column("RESOLUTION", key: "RESOLUTION", .right),
    Table.Column("BLOCKS", key: "BLOCKS", .right), Table.Column("FROM", key: "FROM"),
    Table.Column("UNTIL", key: "UNTIL"), Table.Column("#SAMPLES", key: "#SAMPLES", .right),
    Table.Column("#CHUNKS", key: "#CHUNKS", .right), Table.Column("INDEX", key: "INDEX", .right),
    Table.Column("CHUNKS", key: "CHUNKS", .right), Table.Column("TOTAL", key: "TOTAL", .right),
    Table.Column("BYTES/SAMPLE", key: "BYTES/SAMPLE", .right),
    Table.Column("SAMPLES/CHUNK", key: "SAMPLES/CHUNK", .right),
    Table.Column("SCOPE", key: "SCOPE"),
  ]

  /// A row a label set and resolution in the order of both, one for blocks whose meta.json is missing or cannot be read,
  /// and at last one for all. SCOPE says which of these a row is: `set`, `undescribed`, `all`.
  /// - Parameter leftOut: blocks that are in none of these; a row `left out` below them, where there are any.
  public static func table(of rows: [BlockRow], leftOut: [BlockRow] = []) -> Table {
    var sets: [BlockSet: Sum] = [:]
    var (undescribed, all) = (Sum(), Sum())
    for row in rows {
      all.add(row)
      if let set = row.description?.blockSet { sets[set, default: Sum()].add(row) } else { undescribed.add(row) }
    }
    var table = Table(columns)
    for (set, sum) in sets.sorted(by: { BlockSet.inOrder($0.key, $1.key) }) {
      table.append(
        [.text(BlockTable.labels(set.labels)), .goDuration(set.resolution.milliseconds)] + sum.cells + [.text("set")])
    }
    if undescribed.blocks > 0 { table.append([.empty, .empty] + undescribed.cells + [.text("undescribed")]) }
    table.append([.empty, .empty] + all.cells + [.text("all")])
    let others = leftOut.reduce(into: Sum()) { $0.add($1) }
    if others.blocks > 0 { table.append([.empty, .empty] + others.cells + [.text("left out")]) }
    return table
  }
}

extension BlockSet {
  /// By labels, then by resolution.
  static func inOrder(_ left: BlockSet, _ right: BlockSet) -> Bool {
    let (first, second) = (left.labels.description.utf8, right.labels.description.utf8)
    if !first.elementsEqual(second) { return first.lexicographicallyPrecedes(second) }
    return left.resolution < right.resolution
  }
}
