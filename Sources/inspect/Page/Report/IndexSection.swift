import Analysis
import Console
import Thanos

/// One block's index: what its bytes are, and which metrics and labels cost them.
struct IndexSection: PageSection {
  let block: BlockDescription
  let document: Document

  let id = "index"
  let title = "Index"
  var lead: String { "Of one block, \(block.ulid): \(Words.span(of: block))." }

  /// Bars of a chart.
  static let bars = 12

  private static let costs = [
    ColumnChart.Layer(name: "series entries", style: "c1"), ColumnChart.Layer(name: "postings", style: "c2"),
    ColumnChart.Layer(name: "symbols", style: "c3"),
  ]

  private var command: String { "inspect index \(block.ulid)" }

  func write(to markup: inout Markup) {
    markup.tables(["block"], of: document, command)
    if let table = document.table("sections") {
      Figure(id: "sections-chart", title: "Bytes by section", chart: sections(table)).write(to: &markup)
    }
    markup.tables(["sections"], of: document, command)
    write("metrics", "Top metrics by bytes in the index", "metric", to: &markup)
    write("labels", "Top labels by bytes in the index", "label", to: &markup)
    let others = document.sections.map(\.key).filter { !["block", "sections", "metrics", "labels"].contains($0) }
    markup.folded("More lists, as promtool tsdb analyze has them") {
      $0.tables(others, of: document, command)
    }
  }

  private func write(_ key: String, _ title: String, _ name: String, to markup: inout Markup) {
    if let table = document.table(key), !table.rows.isEmpty {
      Figure(id: "\(key)-chart", title: title, chart: costs(table, name)).write(to: &markup)
    }
    markup.tables([key], of: document, command)
  }

  private func sections(_ table: Table) -> BarChart {
    let (names, sizes) = (table.texts("section"), table.amounts("size_bytes"))
    return BarChart(
      summary: zip(names, sizes).map { "\($0): \(Quantity.bytes.text($1))" }.joined(separator: ", "),
      layers: [ColumnChart.Layer(name: "bytes", style: "c1")],
      bars: zip(names, sizes).map { BarChart.Bar(name: $0, parts: [$1], text: Quantity.bytes.text($1)) },
      quantity: .bytes)
  }

  private func costs(_ table: Table, _ name: String) -> BarChart {
    let parts = ["series_bytes", "postings_bytes", "symbols_bytes"].map { table.amounts($0) }
    let bars = table.texts(name).prefix(Self.bars).enumerated().map { row, text in
      let own = parts.map { $0[row] }
      return BarChart.Bar(
        name: text.isEmpty ? "(none)" : text, parts: own,
        text: Words.share(of: own.reduce(0, +), table.cell("share", row)))
    }
    return BarChart(
      summary: "The first is \(TableMarkup.cut(bars.first?.name ?? "none")) with \(bars.first?.text ?? "nothing").",
      layers: Self.costs, bars: bars, quantity: .bytes)
  }
}
