/// Stacked columns from left to right.
struct ColumnChart: Chart {
  struct Column: Sendable {
    /// Where it begins and ends on the axis below.
    let from: Double
    let until: Double
    /// What it is called when the pointer rests on it.
    let name: String
    /// Amounts in the order of the layers, from the bottom up.
    let parts: [Double]

    var sum: Double { parts.reduce(0, +) }
  }

  struct Layer: Sendable {
    let name: String
    let style: String
  }

  let summary: String
  let layers: [Layer]
  /// Two sets, since a narrow chart has room for fewer.
  let columns: @Sendable (ChartSize) -> [Column]
  let quantity: Quantity
  /// Of the axis below.
  let ticks: @Sendable (ClosedRange<Double>, ChartSize) -> [Tick]

  var legend: [LegendItem] { layers.count < 2 ? [] : layers.map { LegendItem(style: $0.style, text: $0.name) } }

  func height(_ size: ChartSize) -> Double { size == .wide ? 260 : 220 }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    let columns = columns(size)
    let from = columns.map(\.from).min() ?? 0
    let until = max(from, columns.map(\.until).max() ?? 0)
    let largest = columns.map(\.sum).max() ?? 0
    let axes = Axes(size, height: height(size), from...until, upTo: largest, quantity)
    axes.draw(ticks(from...until, size), to: &svg)
    for column in columns { draw(column, axes, to: &svg) }
  }

  private func draw(_ column: Column, _ axes: Axes, to svg: inout Markup) {
    let (start, end) = (axes.x(column.from), axes.x(column.until))
    // A gap between columns, as far as they are wide enough for one.
    let width = max(0.6, end - start - min(3, (end - start) * 0.15))
    var below = 0.0
    for (part, layer) in zip(column.parts, layers) where part > 0 {
      let (bottom, top) = (axes.y(below), axes.y(below + part))
      svg.rect(
        layer.style, x: start, y: top, width: width, height: bottom - top,
        tip: "\(column.name) – \(layer.name): \(quantity.text(part))")
      below += part
    }
  }
}
