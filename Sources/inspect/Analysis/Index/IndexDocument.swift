public import Console
import TSDB
public import Thanos

extension IndexAnalysis {
  public static let schema = "blockhaul.inspect.index/1"

  /// What is printed: figures, the bytes of sections, metrics and labels, and promtool's lists.
  /// - Parameters:
  ///   - limit: rows of each list; `nil` for all of metrics and labels.
  ///   - order: puts metrics and labels in another order than by their bytes.
  /// - Throws: what `order` throws.
  public func document(
    of block: BlockDescription, limit: Int?, order: (Table) throws -> Table = { $0 }
  ) rethrows -> Document {
    Document(
      schema: Self.schema,
      [
        Document.Section("block", "Block", figures(block), isRecord: true),
        Document.Section("sections", "Sections", sectionTable),
        Document.Section("metrics", "Metrics by what they cost in the index", try order(metricTable), first: limit),
        Document.Section("labels", "Labels by what they cost in the index", try order(labelTable), first: limit),
        Document.Section("shared", "What belongs to no metric, or to no label, alone", sharedTable),
        list("churning_pairs", "Label pairs most involved in churning", "LABEL PAIR", churningPairs, "CHURN", limit),
        list(
          "churning_labels", "Label names most involved in churning", "LABEL", items { $0.churn }, "CHURN", limit),
        list("common_pairs", "Most common label pairs", "LABEL PAIR", commonPairs, "SERIES", limit),
        list(
          "longest_labels", "Label names with highest cumulative label value length", "LABEL",
          items { $0.valueLength }, "BYTES", limit),
        list("cardinality", "Highest cardinality labels", "LABEL", items { $0.values }, "VALUES", limit),
        list(
          "metric_cardinality", "Highest cardinality metric names", "METRIC",
          metrics.filter { !$0.name.isEmpty }.map { Item(text: $0.name, value: $0.series) }.sorted { $0.value > $1.value },
          "SERIES", limit),
      ])
  }

  private func figures(_ block: BlockDescription) -> Table {
    var table = Table([
      Table.Column("Block ID", key: "ulid"), Table.Column("Duration", key: "duration_seconds"),
      Table.Column("Index", key: "index_bytes"), Table.Column("Index version", key: "index_version"),
      Table.Column("Total Series", key: "series"), Table.Column("Chunks", key: "chunks"),
      Table.Column("Label names", key: "label_names"),
      Table.Column("Postings (unique label pairs)", key: "label_pairs"),
      Table.Column("Postings entries (total label pairs)", key: "label_pair_entries"),
      Table.Column("Metrics", key: "metrics"), Table.Column("Symbols", key: "symbols"),
      Table.Column("Longest symbol", key: "longest_symbol_bytes"),
    ])
    let duration = block.meta.maxTime.subtractingReportingOverflow(block.meta.minTime)
    table.append([
      .text(block.ulid.description), .duration(duration.overflow ? .max : duration.partialValue), .bytes(bytes),
      .count(version), .count(series), .count(chunks), .count(labels.count), .count(pairs), .count(pairEntries),
      .count(metrics.count), .count(symbols), .count(longestSymbol),
    ])
    return table
  }

  private var sectionTable: Table {
    var table = Table([
      Table.Column("SECTION", key: "section"), Table.Column("BYTES", key: "size_bytes", .right),
      Table.Column("SHARE", key: "share", .right),
    ])
    for section in sections where section.bytes > 0 {
      table.append([.text(section.name), .bytes(section.bytes), share(section.bytes)])
    }
    return table
  }

  private func share(_ part: UInt64) -> Cell { .decimal(bytes == 0 ? 0 : Double(part) / Double(bytes), places: 3) }

  private static let costColumns = [
    Table.Column("ENTRIES", key: "series_bytes", .right), Table.Column("POSTINGS", key: "postings_bytes", .right),
    Table.Column("SYMBOLS", key: "symbols_bytes", .right), Table.Column("TOTAL", key: "total_bytes", .right),
    Table.Column("SHARE", key: "share", .right),
  ]

  private var metricTable: Table {
    costTable(
      [
        Table.Column("METRIC", key: "metric"), Table.Column("SERIES", key: "series", .right),
        Table.Column("CHUNKS", key: "chunks", .right),
      ],
      metrics.lazy.map { ([.text($0.name), .count($0.series), .count($0.chunks)], $0.cost) })
  }

  private var labelTable: Table {
    costTable(
      [
        Table.Column("LABEL", key: "label"), Table.Column("VALUES", key: "values", .right),
        Table.Column("SERIES", key: "series", .right),
      ],
      labels.lazy.map { ([.text($0.name), .count($0.values), .count($0.series)], $0.cost) })
  }

  /// What the sections have beyond the sums of both tables.
  private var sharedTable: Table {
    costTable(
      [Table.Column("BESIDE", key: "beside")],
      [([.text("metrics")], sharedByMetrics), ([.text("labels")], sharedByLabels)])
  }

  private func costTable(_ columns: [Table.Column], _ rows: some Sequence<([Cell], IndexCost)>) -> Table {
    rows.reduce(into: Table(columns + Self.costColumns)) { table, row in
      let (cells, cost) = row
      table.append(
        cells + [
          .bytes(cost.series), .bytes(cost.postings), .bytes(cost.symbols), .bytes(cost.total), share(cost.total),
        ])
    }
  }

  private func items(_ value: (Label) -> UInt64) -> [Item] {
    labels.map { Item(text: $0.name, value: value($0)) }.sorted { $0.value > $1.value }
  }

  private func list(
    _ key: String, _ title: String, _ kind: String, _ items: [Item], _ unit: String, _ limit: Int?
  ) -> Document.Section {
    var table = Table([
      Table.Column(unit, key: unit.lowercased(), .right),
      Table.Column(kind, key: kind.lowercased().map { $0 == " " ? "_" : String($0) }.joined()),
    ])
    for item in items.prefix(limit ?? .max) { table.append([.count(item.value), .text(item.text)]) }
    return Document.Section(key, title, table)
  }
}
