import Quantities

/// Shapes of SVG, with coordinates of one decimal.
enum SVG {
  /// `12.5`, `12`: enough for the eye. What is no number is 0: a browser would drop the shape and log an error.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let text = Decimals.text(min(1e6, max(-1e6, value)), places: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `M1,2L3,4`
  static func path(_ points: some Sequence<(Double, Double)>, isClosed: Bool = false) -> String {
    var text = ""
    for point in points { text += "\(text.isEmpty ? "M" : "L")\(number(point.0)),\(number(point.1))" }
    return isClosed && !text.isEmpty ? text + "Z" : text
  }

  /// A text cut to what fits into a width, reckoning with a usual sans-serif of 12 px.
  static func fitting(_ text: String, width: Double) -> String {
    let count = Int(max(3, min(1000, width / 7)))
    let scalars = text.unicodeScalars
    return scalars.count <= count ? text : String(scalars.prefix(count - 1)) + "…"
  }
}

extension Markup {
  /// - Parameter tip: what shows when the pointer rests on it.
  mutating func rect(
    _ name: String, x: Double, y: Double, width: Double, height: Double, corner: Double = 0, tip: String? = nil
  ) {
    shape(
      "rect",
      [
        "class": name, "x": SVG.number(x), "y": SVG.number(y), "width": SVG.number(max(0, width)),
        "height": SVG.number(max(0, height)), "rx": corner > 0 ? SVG.number(corner) : nil,
      ], tip)
  }

  mutating func line(_ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
    empty(
      "line",
      ["class": name, "x1": SVG.number(x1), "y1": SVG.number(y1), "x2": SVG.number(x2), "y2": SVG.number(y2)])
  }

  mutating func path(_ name: String, _ data: String, tip: String? = nil) {
    if data.isEmpty { return }
    shape("path", ["class": name, "d": data], tip)
  }

  mutating func circle(_ name: String, x: Double, y: Double, radius: Double, tip: String? = nil) {
    shape("circle", ["class": name, "cx": SVG.number(x), "cy": SVG.number(y), "r": SVG.number(radius)], tip)
  }

  enum Anchor: String { case start, middle, end }

  mutating func label(_ name: String, x: Double, y: Double, anchor: Anchor = .start, _ text: String) {
    element(
      "text",
      ["class": name, "x": SVG.number(x), "y": SVG.number(y), "text-anchor": anchor == .start ? nil : anchor.rawValue],
      text: text)
  }

  private mutating func shape(_ name: StaticString, _ attributes: Attributes, _ tip: String?) {
    guard let tip else { return empty(name, attributes) }
    element(name, attributes) { $0.element("title", text: tip) }
  }
}
