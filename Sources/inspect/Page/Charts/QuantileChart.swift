import Quantities

/// How values are spread: for each kind of value a box over the middle half of them, with the median in it, and a line
/// from the first to the ninety-ninth of a hundred. Each has a scale of its own, from 0.
struct QuantileChart: Chart {
  struct Row: Sendable {
    let name: String
    let p1: Double
    let p25: Double
    let median: Double
    let p75: Double
    let p99: Double
    /// As the table shows them, so that they read alike.
    let text: String
  }

  let rows: [Row]

  private static let nameWidth = 220.0
  private static let textWidth = 290.0
  private static let box = 16.0

  var summary: String { rows.map { "\($0.name): \($0.text)" }.joined(separator: "; ") }

  var legend: [LegendItem] {
    [LegendItem(style: "box", text: "the middle half"), LegendItem(style: "median", text: "median"),
      LegendItem(style: "whisker", text: "p1 to p99")]
  }

  private func pitch(_ size: ChartSize) -> Double { size == .wide ? 36 : 60 }

  func height(_ size: ChartSize) -> Double { Double(rows.count) * pitch(size) + 4 }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    for (number, row) in rows.enumerated() {
      let top = Double(number) * pitch(size) + 6
      let start = size == .wide ? Self.nameWidth : 2
      let end = size == .wide ? size.width - Self.textWidth : size.width - 2
      let scale = Scale(0...max(row.p99 * 1.05, 1e-9), start: start, end: end)
      if size == .wide {
        svg.label("name", x: start - 14, y: top + 12.5, anchor: .end, row.name)
        svg.label("tick", x: end + 14, y: top + 12.5, row.text)
      } else {
        svg.label("name", x: start, y: top + 10, row.name)
        svg.label("tick", x: start, y: top + 25, row.text)
      }
      draw(row, scale, size == .wide ? top : top + 31, to: &svg)
    }
  }

  private func draw(_ row: Row, _ scale: Scale, _ top: Double, to svg: inout Markup) {
    let middle = top + Self.box / 2
    svg.line("grid", scale.start, middle, scale.end, middle)
    svg.rect("whisker", x: scale(row.p1), y: middle - 1.5, width: scale(row.p99) - scale(row.p1), height: 3)
    for end in [row.p1, row.p99] { svg.rect("whisker", x: scale(end) - 1, y: middle - 5, width: 2, height: 10) }
    svg.rect(
      "box", x: scale(row.p25), y: top, width: max(2, scale(row.p75) - scale(row.p25)), height: Self.box, corner: 2,
      tip: row.text)
    svg.rect("median", x: scale(row.median) - 1.5, y: top - 2, width: 3, height: Self.box + 4)
  }
}
