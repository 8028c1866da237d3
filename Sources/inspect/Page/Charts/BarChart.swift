/// Bars from the left, the longest being the whole width, each with its name and its amount.
struct BarChart: Chart {
  struct Bar: Sendable {
    let name: String
    /// Amounts in the order of the layers.
    let parts: [Double]
    /// Beside the bar.
    let text: String

    var sum: Double { parts.reduce(0, +) }
  }

  let summary: String
  let layers: [ColumnChart.Layer]
  let bars: [Bar]
  let quantity: Quantity

  private static let thickness = 16.0
  private static let nameWidth = 300.0
  private static let textWidth = 130.0

  var legend: [LegendItem] { layers.count < 2 ? [] : layers.map { LegendItem(style: $0.style, text: $0.name) } }

  /// Beside each other on a wide screen, the name above the bar on a narrow one.
  private func pitch(_ size: ChartSize) -> Double { size == .wide ? 26 : 40 }

  func height(_ size: ChartSize) -> Double { Double(bars.count) * pitch(size) + 6 }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    let largest = bars.map(\.sum).max() ?? 0
    let start = size == .wide ? Self.nameWidth : 2
    let end = size == .wide ? size.width - Self.textWidth : size.width - 2
    let scale = Scale(0...max(largest, 1e-9), start: start, end: end)
    for (number, bar) in bars.enumerated() {
      let top = Double(number) * pitch(size) + 3
      if size == .wide {
        svg.label("name", x: start - 10, y: top + 12.5, anchor: .end, SVG.fitting(bar.name, width: Self.nameWidth - 16))
      } else {
        let room = size.width - Double(bar.text.utf8.count) * 6.6 - 12
        svg.label("name", x: start, y: top + 12, SVG.fitting(bar.name, width: room))
        svg.label("tick", x: size.width - 2, y: top + 12, anchor: .end, bar.text)
      }
      draw(bar, scale, size == .wide ? top : top + 18, to: &svg)
      if size == .wide { svg.label("tick", x: scale(bar.sum) + 8, y: top + 12.5, bar.text) }
    }
  }

  private func draw(_ bar: Bar, _ scale: Scale, _ top: Double, to svg: inout Markup) {
    svg.rect("lane", x: scale.start, y: top, width: scale.end - scale.start, height: Self.thickness, corner: 3)
    var before = 0.0
    for (part, layer) in zip(bar.parts, layers) where part > 0 {
      let (left, right) = (scale(before), scale(before + part))
      let tip = "\(bar.name) – \(layer.name): \(quantity.text(part))"
      svg.rect(
        layer.style, x: left, y: top, width: max(0.8, right - left), height: Self.thickness, tip: TableMarkup.cut(tip))
      before += part
    }
  }
}
