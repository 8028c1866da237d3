public import Console
import Quantities
import TSDB
import Thanos

/// The table of blocks: Thanos' columns under Thanos' names, and what the files weigh.
public enum BlockTable {
  private static let columns = [
    Table.Column("ULID", key: "ULID"), Table.Column("FROM", key: "FROM"), Table.Column("UNTIL", key: "UNTIL"),
    Table.Column("RANGE", key: "RANGE", .right), Table.Column("UNTIL-DOWN", key: "UNTIL-DOWN", .right),
    Table.Column("#SERIES", key: "#SERIES", .right), Table.Column("#SAMPLES", key: "#SAMPLES", .right),
    Table.Column("#CHUNKS", key: "#CHUNKS", .right), Table.Column("COMP-LEVEL", key: "COMP-LEVEL", .right),
    Table.Column("COMP-FAILED", key: "COMP-FAILED"), Table.Column("LABELS", key: "LABELS"),
    Table.Column("RESOLUTION", key: "RESOLUTION", .right), Table.Column("SOURCE", key: "SOURCE"),
    Table.Column("INDEX", key: "INDEX", .right), Table.Column("CHUNKS", key: "CHUNKS", .right),
    Table.Column("TOTAL", key: "TOTAL", .right), Table.Column("BYTES/SAMPLE", key: "BYTES/SAMPLE", .right),
    Table.Column("SAMPLES/CHUNK", key: "SAMPLES/CHUNK", .right), Table.Column("UPLOADED", key: "UPLOADED"),
    Table.Column("MARKERS", key: "MARKERS"), Table.Column("STATE", key: "STATE"),
  ]

  public static func table(of rows: [BlockRow]) -> Table {
    var table = Table(columns)
    for row in rows { table.append(cells(row)) }
    return table
  }

  private static func cells(_ row: BlockRow) -> [Cell] {
    let markers = row.markers.map(\.rawValue).joined(separator: ",")
    let measured: [Cell] =
      weights(row.sizes, row.bytesPerSample, row.samplesPerChunk) + [
        row.uploaded.map { .time(wholeSeconds($0)) } ?? .empty, markers.isEmpty ? .empty : .text(markers), .text(row.state),
      ]
    let identity = [Cell.text(row.ulid.description)]
    guard let description = row.description else {
      return identity + [Cell](repeating: .empty, count: columns.count - identity.count - measured.count) + measured
    }
    return identity + cells(description) + measured
  }

  private static func cells(_ block: BlockDescription) -> [Cell] {
    let meta = block.meta
    let range = Self.difference(meta.maxTime, meta.minTime)
    return [
      .time(wholeSeconds(meta.minTime)), .time(wholeSeconds(meta.maxTime)), .goDuration(range),
      untilDownsampled(range, block.resolution).map { .goDuration($0) } ?? .empty,
      .integer(meta.stats.series), .integer(meta.stats.samples), .integer(meta.stats.chunks),
      .integer(meta.compaction.level), .boolean(meta.compaction.failed), .text(labels(block.labels)),
      .goDuration(block.resolution.milliseconds), .text(block.thanos?.source ?? ""),
    ]
  }

  /// INDEX, CHUNKS, TOTAL, BYTES/SAMPLE, SAMPLES/CHUNK.
  static func weights(_ sizes: BlockSizes?, _ bytesPerSample: Double?, _ samplesPerChunk: Double?) -> [Cell] {
    [
      sizes.map { .bytes($0.index) } ?? .empty, sizes.map { .bytes($0.chunks) } ?? .empty,
      sizes.map { .bytes($0.total) } ?? .empty, bytesPerSample.map { .decimal($0, places: 2) } ?? .empty,
      samplesPerChunk.map { .decimal($0, places: 1) } ?? .empty,
    ]
  }

  /// As Thanos writes them.
  static func labels(_ labels: ExternalLabels) -> String {
    labels.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
  }

  /// Thanos shows whole seconds.
  static func wholeSeconds(_ milliseconds: Int64) -> Int64 {
    difference(milliseconds, (milliseconds % 1000 + 1000) % 1000)
  }

  /// Times out of a meta.json may be anything; a difference that does not fit is the farthest that does.
  private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
    let (result, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (left < 0 ? .min : .max) : result
  }

  /// How much longer a block has to be before Thanos downsamples it to the next resolution: 40 h for 5m, 10 d for 1h.
  private static func untilDownsampled(_ range: Int64, _ resolution: Resolution) -> Int64? {
    switch resolution {
    case .raw: difference(BlockRanges.fiveMinutesFrom, range)
    case .fiveMinutes: difference(BlockRanges.oneHourFrom, range)
    default: nil
    }
  }
}
