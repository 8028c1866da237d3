public import Console
import TSDB
public import Thanos

extension BlockDiff {
  public static let schema = "blockhaul.inspect.diff/1"

  /// What is printed: both blocks, what changed in all, by metric, by label name and by pair.
  /// - Parameters:
  ///   - limit: rows of each list.
  ///   - order: puts the metrics in another order than by what came and went.
  /// - Throws: what `order` throws.
  public func document(
    _ before: BlockDescription, _ after: BlockDescription, limit: Int, order: (Table) throws -> Table = { $0 }
  ) rethrows -> Document {
    Document(
      schema: Self.schema,
      [
        Document.Section("blocks", "Blocks", blocks(before, after)),
        Document.Section("change", "Change", summary, isRecord: true),
        Document.Section("metrics", "Metrics by series that came and went", try order(metricTable), first: limit),
        Document.Section("labels", "Labels of series that came and went, by values", labelTable, first: limit),
        Document.Section("pairs", "Label pairs of series that came and went", pairTable),
      ])
  }

  private func blocks(_ before: BlockDescription, _ after: BlockDescription) -> Table {
    var table = Table([
      Table.Column("", key: "side"), Table.Column("ULID", key: "ulid"), Table.Column("FROM", key: "min_time"),
      Table.Column("UNTIL", key: "max_time"), Table.Column("#SERIES", key: "series", .right),
      Table.Column("SIZE", key: "size_bytes", .right),
    ])
    let sides = [
      ("before", before, all.series.before, all.bytesBefore), ("after", after, all.series.after, all.bytesAfter),
    ]
    for (side, block, series, bytes) in sides {
      table.append([
        .text(side), .text(block.ulid.description), .time(block.meta.minTime), .time(block.meta.maxTime), .count(series),
        .bytes(bytes),
      ])
    }
    return table
  }

  private var summary: Table {
    var table = Table([
      Table.Column("Series that came", key: "came"), Table.Column("Series that went", key: "went"),
      Table.Column("Series in both", key: "kept"), Table.Column("Series more", key: "series_growth"),
      Table.Column("Bytes more (entries and chunks)", key: "growth_bytes"),
    ])
    table.append([
      .count(all.series.came), .count(all.series.went), .count(all.series.after &- all.series.came),
      .integer(Int64(clamping: all.series.after) &- Int64(clamping: all.series.before)), .integer(all.growth),
    ])
    return table
  }

  private var metricTable: Table {
    var table = Table([
      Table.Column("METRIC", key: "metric"), Table.Column("CAME", key: "came", .right),
      Table.Column("WENT", key: "went", .right), Table.Column("BEFORE", key: "series_before", .right),
      Table.Column("AFTER", key: "series_after", .right), Table.Column("SIZE BEFORE", key: "size_before_bytes", .right),
      Table.Column("SIZE AFTER", key: "size_after_bytes", .right), Table.Column("GROWTH", key: "growth_bytes", .right),
    ])
    for metric in metrics {
      let change = metric.change
      table.append([
        .text(metric.name), .count(change.series.came), .count(change.series.went), .count(change.series.before),
        .count(change.series.after), .bytes(change.bytesBefore), .bytes(change.bytesAfter), .integer(change.growth),
      ])
    }
    return table
  }

  private static let churnColumns = [
    Table.Column("CAME", key: "came", .right), Table.Column("WENT", key: "went", .right),
    Table.Column("SIZE CAME", key: "came_bytes", .right), Table.Column("SIZE WENT", key: "went_bytes", .right),
  ]

  private static func cells(_ churn: Churn) -> [Cell] {
    [.count(churn.came), .count(churn.went), .bytes(churn.cameBytes), .bytes(churn.wentBytes)]
  }

  private var labelTable: Table {
    var table = Table(
      [Table.Column("LABEL", key: "label"), Table.Column("VALUES", key: "values", .right)] + Self.churnColumns)
    for label in labels { table.append([.text(label.name), .count(label.values)] + Self.cells(label.churn)) }
    return table
  }

  private var pairTable: Table {
    var table = Table([Table.Column("LABEL PAIR", key: "label_pair")] + Self.churnColumns)
    for pair in pairs { table.append([.text("\(pair.name)=\(pair.value ?? "")")] + Self.cells(pair.churn)) }
    return table
  }
}
