/// Bytes that are there by the time of their samples, and what a projection makes of them.
struct GrowthChart: Chart {
  struct Point: Sendable {
    /// Ms since 1970.
    let time: Double
    /// In the order of the layers, from the bottom up.
    let parts: [Double]
    /// Of all of them, where growth has bounds.
    var bounds: ClosedRange<Double>?

    var sum: Double { parts.reduce(0, +) }
  }

  let layers: [ColumnChart.Layer]
  /// By time, the last one at the time that the projection begins.
  let past: [Point]
  /// By time, the first one at that time.
  let future: [Point]

  private var points: [Point] { past + future }

  var summary: String {
    guard let now = future.first, let last = future.last else { return "Nothing to project." }
    let bounds = last.bounds.map {
      ", between \(Quantity.bytes.text($0.lowerBound)) and \(Quantity.bytes.text($0.upperBound))"
    } ?? ""
    return "\(Quantity.bytes.text(now.sum)) at \(TimeTicks.moment(now.time)), projected to be"
      + " \(Quantity.bytes.text(last.sum)) at \(TimeTicks.moment(last.time))\(bounds)."
  }

  var legend: [LegendItem] {
    var items = layers.count < 2 ? [] : layers.map { LegendItem(style: $0.style, text: $0.name) }
    items.append(LegendItem(style: "forecast-swatch", text: "projected"))
    if future.contains(where: { $0.bounds != nil }) {
      items.append(LegendItem(style: "band", text: "within the bounds of growth (95 %)"))
    }
    return items
  }

  func height(_ size: ChartSize) -> Double { size == .wide ? 320 : 250 }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    let from = points.map(\.time).min() ?? 0
    let until = max(from, points.map(\.time).max() ?? 0)
    let largest = points.map { max($0.sum, $0.bounds?.upperBound ?? 0) }.max() ?? 0
    let axes = Axes(size, height: height(size), from...until, upTo: largest, .bytes)
    axes.draw(TimeTicks.ticks(from: from, until: until, count: Axes.timeTicks(size)), to: &svg)
    drawAreas(past, axes, isForecast: false, to: &svg)
    drawAreas(future, axes, isForecast: true, to: &svg)
    drawBand(axes, to: &svg)
    svg.path("total", SVG.path(past.map { (axes.x($0.time), axes.y($0.sum)) }))
    svg.path("total dashed", SVG.path(future.map { (axes.x($0.time), axes.y($0.sum)) }))
    if let now = future.first { axes.mark(now.time, "now: \(Quantity.bytes.text(now.sum))", to: &svg) }
    drawEnd(axes, to: &svg)
    // Beyond that they would only hide the line.
    guard future.count <= 40 else { return }
    for point in future.dropFirst() {
      svg.circle(
        "dot", x: axes.x(point.time), y: axes.y(point.sum), radius: 3,
        tip: "\(TimeTicks.moment(point.time)): \(Quantity.bytes.text(point.sum))")
    }
  }

  private func drawAreas(_ points: [Point], _ axes: Axes, isForecast: Bool, to svg: inout Markup) {
    guard points.count > 1 else { return }
    var below = [Double](repeating: 0, count: points.count)
    for (number, layer) in layers.enumerated() {
      let above = zip(points, below).map { point, below in
        below + (number < point.parts.count ? point.parts[number] : 0)
      }
      guard above != below else { continue }
      let outline = zip(points, above).map { (axes.x($0.time), axes.y($1)) }
        + zip(points, below).map { (axes.x($0.time), axes.y($1)) }.reversed()
      svg.path("\(layer.style)\(isForecast ? " forecast" : "")", SVG.path(outline, isClosed: true), tip: layer.name)
      below = above
    }
  }

  private func drawBand(_ axes: Axes, to svg: inout Markup) {
    let bounded = future.compactMap { point in point.bounds.map { (axes.x(point.time), $0) } }
    guard let now = future.first, bounded.count > 0 else { return }
    let start = (axes.x(now.time), axes.y(now.sum))
    let upper = bounded.map { ($0.0, axes.y($0.1.upperBound)) }
    let lower = bounded.map { ($0.0, axes.y($0.1.lowerBound)) }
    svg.path("band", SVG.path([start] + upper + lower.reversed(), isClosed: true))
    for edge in [upper, lower] { svg.path("bound", SVG.path([start] + edge)) }
  }

  /// What it comes to, above all lines.
  private func drawEnd(_ axes: Axes, to svg: inout Markup) {
    guard future.count > 1, let last = future.last else { return }
    let top = axes.y(max(last.sum, last.bounds?.upperBound ?? 0))
    svg.label(
      "tick strong", x: axes.x(last.time), y: max(axes.top + 6, top - 9), anchor: .end, Quantity.bytes.text(last.sum))
  }
}
