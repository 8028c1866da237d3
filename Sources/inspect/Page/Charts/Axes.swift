/// The frame of a chart with time, or something else that goes on, from left to right and amounts from bottom to top.
struct Axes: Sendable {
  let size: ChartSize
  let height: Double
  let quantity: Quantity
  let x: Scale
  let y: Scale
  private let ticks: [Tick]
  private let left: Double

  private static let top = 24.0
  private static let bottom = 30.0

  static func right(_ size: ChartSize) -> Double { size.width - 14 }

  /// - Parameters:
  ///   - values: what lies at the left and at the right end.
  ///   - largest: amount that has to fit.
  init(_ size: ChartSize, height: Double, _ values: ClosedRange<Double>, upTo largest: Double, _ quantity: Quantity) {
    (self.size, self.height, self.quantity) = (size, height, quantity)
    ticks = Tick.values(upTo: largest, quantity, count: size == .wide ? 5 : 4)
    // Room for the longest amount.
    left = max(size == .wide ? 76 : 58, 14 + 7 * Double(ticks.map(\.text.utf8.count).max() ?? 0))
    x = Scale(values, start: left, end: Self.right(size))
    y = Scale(0...max(ticks.last?.value ?? 0, 1e-9), start: height - Self.bottom, end: Self.top)
  }

  var baseline: Double { height - Self.bottom }
  var top: Double { Self.top }

  /// How many labels of a date fit side by side.
  static func timeTicks(_ size: ChartSize) -> Int { size == .wide ? 9 : 3 }

  /// Lines across with their amounts, and labels below.
  func draw(_ below: [Tick], to svg: inout Markup) {
    for tick in ticks {
      let place = y(tick.value)
      svg.line(tick.value == 0 ? "axis" : "grid", left, place, Axes.right(size), place)
      svg.label("tick", x: left - 8, y: place + 4, anchor: .end, tick.text)
    }
    for tick in below {
      let place = x(tick.value)
      svg.line("axis", place, baseline, place, baseline + 5)
      // The last ones must not hang over the edge.
      let half = Double(tick.text.utf8.count) * 3.3
      let anchor: Markup.Anchor = place + half > size.width ? .end : place - half < 0 ? .start : .middle
      svg.label("tick", x: anchor == .end ? size.width : place, y: baseline + 19, anchor: anchor, tick.text)
    }
  }

  /// A line from top to bottom with a text above it.
  func mark(_ value: Double, _ text: String, to svg: inout Markup) {
    let place = x(value)
    svg.line("now", place, top - 6, place, baseline)
    let half = Double(text.utf8.count) * 3.6
    let anchor: Markup.Anchor = place + half > size.width ? .end : place - half < left ? .start : .middle
    svg.label("tick strong", x: place, y: 13, anchor: anchor, text)
  }
}
