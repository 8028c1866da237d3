import Console

/// A part of the page with a heading of its own, reached from the top.
protocol PageSection {
  /// Of the element, for links: letters and dashes.
  var id: String { get }
  var title: String { get }
  /// A sentence below the heading.
  var lead: String { get }
  func write(to markup: inout Markup)
}

extension Markup {
  mutating func section(_ section: any PageSection) {
    element("section", ["id": section.id, "aria-labelledby": "\(section.id)-heading"]) { markup in
      markup.element("h2", ["id": "\(section.id)-heading"], text: section.title)
      if !section.lead.isEmpty { markup.element("p", ["class": "lead"], text: section.lead) }
      section.write(to: &markup)
    }
    newline()
  }

  /// Sections of a document as tables, as far as it has them.
  mutating func tables(_ keys: [String], of document: Document, _ command: String) {
    for key in keys {
      guard let section = document.section(key) else { continue }
      let hasSum = key == "today" && section.table.rows.count > 1
      TableMarkup(document: command, section: section, sum: hasSum ? "all" : nil).write(to: &self)
    }
  }

  /// Tables that are looked up rather than read: folded.
  mutating func folded(_ summary: String, _ content: (inout Markup) -> Void) {
    element("details") { markup in
      markup.element("summary", text: summary)
      content(&markup)
    }
    newline()
  }
}

/// The layers of costs and resolutions have the same colours everywhere.
enum Layers {
  static let raw = ColumnChart.Layer(name: "raw", style: "c1")
  static let fiveMinutes = ColumnChart.Layer(name: "5m", style: "c2")
  static let oneHour = ColumnChart.Layer(name: "1h", style: "c3")
  static let rawIndex = ColumnChart.Layer(name: "raw, index", style: "c4")
  static let rawChunks = ColumnChart.Layer(name: "raw, chunks", style: "c1")

  /// Those that have any amount, with the parts that belong to them.
  static func present(
    _ layers: [ColumnChart.Layer], in parts: [[Double]]
  ) -> (layers: [ColumnChart.Layer], places: [Int]) {
    let places = layers.indices.filter { place in parts.contains { place < $0.count && $0[place] > 0 } }
    return (places.map { layers[$0] }, places)
  }
}
