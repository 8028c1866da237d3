/// Bytes a day that each block shows, and the line that is fitted through them and goes on.
struct ArrivalChart: Chart {
  struct Point: Sendable {
    /// Ms since 1970: the middle of the block.
    let time: Double
    let bytesPerDay: Double
    let name: String
  }

  struct Slope: Sendable {
    /// Bytes a day, a day.
    let value: Double
    let bounds: ClosedRange<Double>
  }

  struct Set: Sendable {
    let name: String
    /// By time.
    let points: [Point]
    /// Bytes a day now.
    let level: Double
    let slope: Slope?
  }

  let sets: [Set]
  /// Ms since 1970, where the past ends.
  let now: Double
  /// Ms since 1970, to which the lines go on.
  let until: Double

  private static let day = 86_400_000.0

  var summary: String {
    sets.map { "\(TableMarkup.cut($0.name)): \(Quantity.bytes.text($0.level)) a day" }.joined(separator: "; ")
  }

  var legend: [LegendItem] {
    sets.enumerated().map { number, set in
      LegendItem(style: Self.style(number), text: SVG.fitting(set.name, width: 480), shape: Self.shape(number))
    }
  }

  private static func style(_ number: Int) -> String { "point s\(number + 1)" }
  private static func shape(_ number: Int) -> PointShape { PointShape.allCases[number % PointShape.allCases.count] }

  func height(_ size: ChartSize) -> Double { size == .wide ? 280 : 230 }

  private func value(_ set: Set, _ time: Double, slope: Double) -> Double {
    max(0, set.level + slope * (time - now) / Self.day)
  }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    let from = sets.flatMap(\.points).map(\.time).min() ?? now
    let largest = sets.flatMap { set in
      set.points.map(\.bytesPerDay)
        + [value(set, until, slope: set.slope?.value ?? 0), value(set, from, slope: set.slope?.value ?? 0)]
    }.max() ?? 0
    let axes = Axes(size, height: height(size), min(from, now)...max(until, now), upTo: largest, .bytes)
    axes.draw(TimeTicks.ticks(from: axes.x.from, until: axes.x.until, count: Axes.timeTicks(size)), to: &svg)
    axes.mark(now, "now", to: &svg)
    for (number, set) in sets.enumerated() {
      drawTrend(set, number, axes, to: &svg)
      for point in set.points {
        Self.shape(number).draw(
          Self.style(number), x: axes.x(point.time), y: axes.y(point.bytesPerDay),
          tip: "\(point.name): \(Quantity.bytes.text(point.bytesPerDay)) a day", to: &svg)
      }
    }
  }

  private func drawTrend(_ set: Set, _ number: Int, _ axes: Axes, to svg: inout Markup) {
    func place(_ time: Double, _ slope: Double) -> (Double, Double) {
      (axes.x(time), axes.y(value(set, time, slope: slope)))
    }
    let start = set.points.first?.time ?? now
    let slope = set.slope?.value ?? 0
    if let bounds = set.slope?.bounds {
      // A falling line stays at nothing, so its corner matters: a few steps are enough.
      let times = (0...12).map { now + (until - now) * Double($0) / 12 }
      let outline = times.map { place($0, bounds.upperBound) } + times.reversed().map { place($0, bounds.lowerBound) }
      svg.path("band", SVG.path(outline, isClosed: true))
    }
    svg.path("trend s\(number + 1)", SVG.path([place(start, slope), place(now, slope)]))
    svg.path("trend dashed s\(number + 1)", SVG.path([place(now, slope), place(until, slope)]))
  }
}
