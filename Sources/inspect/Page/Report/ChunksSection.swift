import Analysis
import Console
import Thanos

/// One block's chunks: whose bytes they are, and how chunks and samples are spread.
struct ChunksSection: PageSection {
  let block: BlockDescription
  let document: Document
  let question: ChunkQuestion

  let id = "chunks"
  let title = "Chunks"
  var lead: String { "Of one block, \(block.ulid): \(Words.span(of: block))." }

  private var labels: [String] { question.labels }

  private var command: String {
    "inspect chunks \(block.ulid)" + (labels == ["__name__"] ? "" : " --by \(labels.joined(separator: ","))")
      + (question.readsIndexOnly ? " --index-only" : "")
  }

  func write(to markup: inout Markup) {
    markup.tables(["block"], of: document, command)
    if let groups = document.section("groups"), !groups.table.rows.isEmpty {
      Figure(
        id: "groups-chart", title: "Top \(labels.joined(separator: ", ")) by bytes of chunks",
        chart: groupChart(groups.table)
      ).write(to: &markup)
    }
    markup.tables(["groups", "others"], of: document, command)
    if let encodings = document.table("encodings"), !encodings.rows.isEmpty {
      Figure(id: "encodings-chart", title: "Bytes by encoding", chart: encodingChart(encodings)).write(to: &markup)
    }
    markup.tables(["encodings", "aggregates"], of: document, command)
    if let distributions = document.table("distributions"), !distributions.rows.isEmpty {
      Figure(id: "quantiles-chart", title: "Distributions", chart: quantiles(distributions)).write(to: &markup)
    }
    markup.tables(["distributions"], of: document, command)
    writeSteps(to: &markup)
    if let damage = document.section("damage"), !damage.table.rows.isEmpty {
      TableMarkup(document: command, section: damage).write(to: &markup)
    }
  }

  private func groupChart(_ table: Table) -> BarChart {
    let names = labels.map { table.texts("label_\($0)") }
    let bytes = table.amounts("chunks_bytes")
    let bars = bytes.prefix(IndexSection.bars).enumerated().map { row, bytes in
      let name = names.map { $0[row].isEmpty ? "(none)" : $0[row] }.joined(separator: " · ")
      return BarChart.Bar(name: name, parts: [bytes], text: Words.share(of: bytes, table.cell("share", row)))
    }
    return BarChart(
      summary: "The first is \(TableMarkup.cut(bars.first?.name ?? "none")) with \(bars.first?.text ?? "nothing").",
      layers: [ColumnChart.Layer(name: "chunks", style: "c1")], bars: bars, quantity: .bytes)
  }

  private func encodingChart(_ table: Table) -> BarChart {
    let (names, bytes) = (table.texts("encoding"), table.amounts("size_bytes"))
    let bars = names.indices.map { row in
      BarChart.Bar(name: names[row], parts: [bytes[row]], text: Words.share(of: bytes[row], table.cell("share", row)))
    }
    return BarChart(
      summary: bars.map { "\($0.name): \($0.text)" }.joined(separator: ", "),
      layers: [ColumnChart.Layer(name: "bytes", style: "c1")], bars: bars, quantity: .bytes)
  }

  private func quantiles(_ table: Table) -> QuantileChart {
    let keys = ["p1", "p25", "p50", "p75", "p99"].map { table.amounts($0) }
    let (measures, kinds) = (table.texts("measure"), table.texts("kind"))
    return QuantileChart(
      rows: measures.indices.map { row in
        QuantileChart.Row(
          name: "\(measures[row]), \(kinds[row])", p1: keys[0][row], p25: keys[1][row], median: keys[2][row],
          p75: keys[3][row], p99: keys[4][row],
          text: [("median", "p50"), ("p99", "p99"), ("max", "max")].map { "\($0) \(table.cell($1, row).shown)" }
            .joined(separator: " · "))
      })
  }

  // MARK: Steps

  /// A chart for each measure, and one table of all of them.
  private func writeSteps(to markup: inout Markup) {
    guard let section = document.section("compaction"), !section.table.rows.isEmpty else { return }
    let measures = section.table.texts("measure")
    var seen: [String] = []
    for measure in measures where !seen.contains(measure) { seen.append(measure) }
    markup.element("div", ["class": "pair"]) { markup in
      for (number, measure) in seen.enumerated() {
        Figure(
          id: "steps-\(number + 1)-chart", title: "Chunks by \(measure)", isHalf: true,
          chart: steps(section.table, measures.indices.filter { measures[$0] == measure })
        ).write(to: &markup)
      }
    }
    TableMarkup(document: command, section: section).write(to: &markup)
  }

  private func steps(_ table: Table, _ rows: [Int]) -> ColumnChart {
    let (from, below, chunks) = (table.amounts("from"), table.amounts("below"), table.amounts("chunks"))
    let columns = rows.map { row in
      ColumnChart.Column(
        from: from[row], until: below[row],
        name: "\(Int64(saturating: from[row])) to \(Int64(saturating: below[row] - 1))", parts: [chunks[row]])
    }
    let most = columns.max { $0.sum < $1.sum }
    return ColumnChart(
      summary: "Most chunks, \(Quantity.count.text(most?.sum ?? 0)), have \(most?.name ?? "none").",
      layers: [ColumnChart.Layer(name: "chunks", style: "c1")], columns: { _ in columns }, quantity: .count,
      ticks: { Self.ticks($0, width: columns.first.map { $0.until - $0.from } ?? 0, $1) })
  }

  /// Where steps begin: each, or every so many.
  private static func ticks(_ range: ClosedRange<Double>, width: Double, _ size: ChartSize) -> [Tick] {
    guard width > 0, (range.upperBound - range.lowerBound).isFinite else { return [] }
    let steps = (range.upperBound - range.lowerBound) / width
    let every = max(1, (steps / (size == .narrow ? 5 : 8)).rounded(.up)) * width
    return stride(from: range.lowerBound, through: range.upperBound, by: every).map {
      Tick(value: $0, text: Cell.grouped(Int64(saturating: $0)))
    }
  }
}
