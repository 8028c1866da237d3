import Console
import Inspection
import Planning
import TSDB
import Thanos

/// How the bytes came to be as many as they are, and how many they will be.
struct GrowthSection: PageSection {
  let plan: CapacityPlan
  let document: Document

  let id = "growth"
  let title = "Growth"
  let lead =
    "What is there by the time of its samples, and what the bucket will hold by the retention and growth below:"
    + " a projection, with the bounds that the blocks give it."

  private static let layers = [Layers.raw, Layers.fiveMinutes, Layers.oneHour]
  /// Points of the past: enough for a smooth line.
  private static let points = 160

  func write(to markup: inout Markup) {
    Figure(
      id: "growth-chart", title: "Bytes in the source, and projected",
      hint: "All blocks count until today, also those marked for deletion; from then on those that last.", chart: chart
    ).write(to: &markup)
    markup.tables(["projection"], of: document, "inspect plan")
    if let arrival = Arrival(plan) {
      let more = plan.usages.count - Arrival.sets
      Figure(
        id: "arrival-chart", title: "Bytes that arrive a day",
        hint: "A point is a raw block: its bytes over its days. The line is the median of all slopes, the hatched area"
          + " within its bounds (95 %)."
          + (more > 0 ? " Of \(plan.usages.count) label sets the \(Arrival.sets) largest." : ""),
        chart: arrival.chart
      ).write(to: &markup)
    }
    markup.tables(["today", "shares"], of: document, "inspect plan")
  }

  private var chart: GrowthChart {
    let projection = document.table("projection") ?? Table([])
    let keys = ["raw_bytes", "5m_bytes", "1h_bytes"].map { projection.amounts($0) }
    let bounds = zip(projection.cells("total_low_bytes"), projection.cells("total_high_bytes")).map { low, high in
      low.amount.flatMap { low in high.amount.map { low...max(low, $0) } }
    }
    let times = projection.amounts("until")
    let future = times.indices.map { row in
      GrowthChart.Point(time: times[row], parts: keys.map { $0[row] }, bounds: bounds[row])
    }
    let past = past
    let (layers, places) = Layers.present(Self.layers, in: (past + future).map(\.parts))
    func reduced(_ point: GrowthChart.Point) -> GrowthChart.Point {
      GrowthChart.Point(time: point.time, parts: places.map { point.parts[$0] }, bounds: point.bounds)
    }
    return GrowthChart(layers: layers, past: past.map(reduced), future: future.map(reduced))
  }

  /// The bytes with samples before each of some moments; a block's come evenly over its time.
  private var past: [GrowthChart.Point] {
    let blocks = plan.input.blocks.map { block in
      let meta = block.description.meta
      let layer = block.description.resolution <= .raw ? 0 : block.description.resolution <= .fiveMinutes ? 1 : 2
      return (from: Double(meta.minTime), until: Double(meta.maxTime), layer: layer, bytes: Double(block.sizes.total))
    }
    let (first, now) = (blocks.map(\.from).min() ?? 0, Double(plan.now))
    return (0...Self.points).map { number in
      let time = number == Self.points ? now : first + (now - first) * Double(number) / Double(Self.points)
      var parts = [0.0, 0, 0]
      for block in blocks where block.from < time {
        parts[block.layer] += block.bytes * min(1, (time - block.from) / max(1, block.until - block.from))
      }
      return GrowthChart.Point(time: time, parts: parts)
    }
  }
}

/// What store gateway and compactor need, and what it costs.
struct PlanSection: PageSection {
  let document: Document

  let id = "plan"
  let title = "Plan"
  let lead = "What store gateway and compactor will need, and the bill. Estimates say so."

  private static let styles = ["c1", "c2", "c3", "c4"]

  func write(to markup: inout Markup) {
    markup.tables(["source"], of: document, "inspect plan")
    if let bills = document.table("bills"), bills.rows.count > 1 {
      Figure(
        id: "bill-chart", title: "What it will cost", hint: "Month 0 is a month at today's size.",
        chart: chart(of: bills)
      ).write(to: &markup)
    }
    markup.tables(["bills", "bill", "store_gateway"], of: document, "inspect plan")
    if let headers = document.table("index_headers"), !headers.rows.isEmpty {
      Figure(
        id: "headers-chart", title: "Largest index-headers",
        hint: "What a store gateway has on its disk of each block.", chart: chart(ofHeaders: headers)
      ).write(to: &markup)
    }
    markup.tables(["index_headers", "compactor", "due", "limited", "left_out"], of: document, "inspect plan")
  }

  private func chart(of bills: Table) -> ColumnChart {
    let items = bills.columns.map(\.key).filter { $0.hasSuffix("_amount") && $0 != "total_amount" }
    let amounts = items.map { bills.amounts($0) }
    let months = bills.amounts("month")
    let parts = months.indices.map { row in amounts.map { $0[row] } }
    let all = items.enumerated().map { number, item in
      ColumnChart.Layer(name: String(item.dropLast("_amount".count)), style: Self.styles[number % Self.styles.count])
    }
    let (layers, places) = Layers.present(all, in: parts)
    let currency = bills.texts("currency").first ?? ""
    let columns = months.indices.map { row in
      ColumnChart.Column(
        from: months[row], until: months[row] + 1, name: "month \(Int64(saturating: months[row]))",
        parts: places.map { parts[row][$0] })
    }
    let money = Quantity.money(currency: currency)
    return ColumnChart(
      summary: "From \(money.text(columns.first?.sum ?? 0)) to \(money.text(columns.last?.sum ?? 0)) a month.",
      layers: layers, columns: { _ in columns }, quantity: money,
      ticks: { range, size in Self.monthTicks(range, size) })
  }

  /// Below the middle of a column.
  private static func monthTicks(_ range: ClosedRange<Double>, _ size: ChartSize) -> [Tick] {
    let count = Int64(saturating: range.upperBound - range.lowerBound)
    let step = max(1, (count + (size == .wide ? 24 : 12)) / (size == .wide ? 25 : 13))
    return stride(from: 0, to: count, by: Int64.Stride(step)).map { Tick(value: Double($0) + 0.42, text: "\($0)") }
  }

  private func chart(ofHeaders headers: Table) -> BarChart {
    let (ulids, sizes) = (headers.texts("ulid"), headers.amounts("index_header_bytes"))
    let bars = zip(ulids, sizes).prefix(10).map { ulid, size in
      BarChart.Bar(name: ulid, parts: [size], text: Quantity.bytes.text(size))
    }
    return BarChart(
      summary: "The largest is \(bars.first?.text ?? "0 B").",
      layers: [ColumnChart.Layer(name: "index-header", style: "c1")], bars: bars, quantity: .bytes)
  }
}
