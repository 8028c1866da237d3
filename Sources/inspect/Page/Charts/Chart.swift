/// How wide a chart is drawn: the page shows the one that fits the screen, so that text keeps its size on a phone.
enum ChartSize: String, CaseIterable, Sendable {
  case wide
  /// Two beside each other.
  case half
  case narrow

  var width: Double {
    switch self {
    case .wide: 1000
    case .half: 500
    case .narrow: 340
    }
  }

  var name: String { rawValue }
}

/// A picture of numbers that stand in a table below it.
protocol Chart: Sendable {
  /// What is to be seen, for those who do not see it.
  var summary: String { get }
  var legend: [LegendItem] { get }
  func height(_ size: ChartSize) -> Double
  func draw(_ size: ChartSize, to svg: inout Markup)
}

struct LegendItem: Sendable {
  /// Class of the shapes that it explains.
  let style: String
  let text: String
  /// Of points; an area has none.
  var shape: PointShape?
}

/// Points of different things differ by their shape, not by their colour alone.
enum PointShape: CaseIterable, Sendable {
  case circle, square, triangle, diamond

  func draw(_ style: String, x: Double, y: Double, tip: String? = nil, to svg: inout Markup) {
    switch self {
    case .circle: svg.circle(style, x: x, y: y, radius: 3, tip: tip)
    case .square: svg.rect(style, x: x - 2.7, y: y - 2.7, width: 5.4, height: 5.4, tip: tip)
    case .triangle:
      svg.path(style, SVG.path([(x, y - 3.6), (x + 3.4, y + 2.6), (x - 3.4, y + 2.6)], isClosed: true), tip: tip)
    case .diamond:
      svg.path(style, SVG.path([(x, y - 3.8), (x + 3.8, y), (x, y + 3.8), (x - 3.8, y)], isClosed: true), tip: tip)
    }
  }
}

/// A chart with its title and what helps to read it.
struct Figure: Sendable {
  /// Unique on the page: letters, digits and dashes.
  let id: String
  let title: String
  var hint = ""
  /// Whether it stands beside another where there is room.
  var isHalf = false
  let chart: any Chart

  func write(to markup: inout Markup) {
    markup.element("figure", ["id": id]) { markup in
      markup.element("figcaption") { markup in
        markup.element("h3", ["id": "\(id)-title"], text: title)
        if !hint.isEmpty { markup.element("p", ["class": "hint"], text: hint) }
        writeLegend(to: &markup)
      }
      for size in [isHalf ? ChartSize.half : .wide, .narrow] {
        markup.newline()
        let height = chart.height(size)
        markup.element(
          "svg",
          [
            "class": "chart \(size.name)", "viewBox": "0 0 \(SVG.number(size.width)) \(SVG.number(height))",
            "width": SVG.number(size.width), "height": SVG.number(height), "role": "img",
            "aria-labelledby": "\(id)-title \(id)-\(size.name)",
          ]
        ) { svg in
          svg.element("desc", ["id": "\(id)-\(size.name)"], text: chart.summary)
          chart.draw(size, to: &svg)
        }
      }
    }
    markup.newline()
  }

  private func writeLegend(to markup: inout Markup) {
    let legend = chart.legend
    if legend.isEmpty { return }
    markup.element("ul", ["class": "legend"]) { markup in
      for item in legend {
        markup.element("li") { markup in
          markup.element(
            "svg", ["class": "swatch", "viewBox": "0 0 14 14", "width": "14", "height": "14", "aria-hidden": "true"]
          ) {
            if let shape = item.shape {
              shape.draw(item.style, x: 7, y: 7, to: &$0)
            } else {
              $0.rect(item.style, x: 1, y: 1, width: 12, height: 12, corner: 2)
            }
          }
          markup.text(item.text)
        }
      }
    }
  }
}
