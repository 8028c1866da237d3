import Console

/// A section of a document as a table of HTML: cells as people read them, each with the number that json has in
/// `data-value` where that is written in another way.
struct TableMarkup {
  /// Text of a cell beyond this is cut: a label's value may have a megabyte.
  static let longestText = 240
  /// Text up to this stays on one line.
  private static let lineLength = 56
  /// Rows beyond this are cut whatever was asked for: a plan may have 1200 months.
  static let longestTable = 1000

  /// The command with the document, as `inspect plan`, and the section.
  let document: String
  let section: Document.Section
  /// Where there are more rows, in words; empty for none.
  var more = ""
  /// Of a last row with the sum of those above it, in place of what these are named by.
  var sum: String?

  private var rows: ArraySlice<[Cell]> { section.table.rows.prefix(Self.longestTable) }

  func write(to markup: inout Markup) {
    markup.element("div", ["class": "tables"]) { markup in
      markup.element("div", ["class": "heading"]) { markup in
        markup.element("h3", text: section.title)
        markup.element("code", text: document)
      }
      if section.table.rows.isEmpty {
        markup.element("p", ["class": "none"], text: "None.")
      } else {
        markup.element(
          "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": section.title]
        ) { markup in
          if section.isRecord { writeRecord(to: &markup) } else { writeTable(to: &markup) }
        }
      }
      for note in notes { markup.element("p", ["class": "note"], text: note) }
    }
    markup.newline()
  }

  private var notes: [String] {
    let cut = section.table.rows.count - rows.count
    return section.notes + (cut > 0 ? ["and \(cut) more rows: \(document)"] : []) + (more.isEmpty ? [] : [more])
  }

  private func writeTable(to markup: inout Markup) {
    let columns = section.table.columns
    markup.element("table", ["data-document": document, "data-section": section.key]) { markup in
      markup.element("thead") { markup in
        markup.element("tr") { markup in
          for column in columns {
            markup.element(
              "th", ["scope": "col", "data-key": column.key, "class": column.alignment == .right ? "n" : nil],
              text: column.title)
          }
        }
      }
      markup.element("tbody") { markup in
        for (number, row) in rows.enumerated() {
          markup.newline()
          let name = number == rows.count - 1 ? sum : nil
          markup.element("tr", ["class": name == nil ? nil : "sum"]) { markup in
            for (place, column) in columns.enumerated() {
              write(row[place], column, placeholder: place == 0 ? name : nil, to: &markup)
            }
          }
        }
      }
    }
  }

  /// One row, its values one below the other.
  private func writeRecord(to markup: inout Markup) {
    // As a grid it is no table to a screen reader, unless that is said.
    markup.element(
      "table", ["class": "record", "role": "table", "data-document": document, "data-section": section.key]
    ) { markup in
      markup.element("tbody", ["role": "rowgroup"]) { markup in
        for (column, cell) in zip(section.table.columns, section.table.rows.first ?? []) {
          markup.newline()
          markup.element("tr", ["role": "row"]) { markup in
            markup.element("th", ["scope": "row", "role": "rowheader", "data-key": column.key], text: column.title)
            write(cell, column, role: "cell", to: &markup)
          }
        }
      }
    }
  }

  private func write(
    _ cell: Cell, _ column: Table.Column, role: String? = nil, placeholder: String? = nil, to markup: inout Markup
  ) {
    let (shown, plain) = (cell == .empty ? placeholder ?? cell.shown : Self.cut(cell.shown), cell.plain)
    var classes: [String] = []
    if column.alignment == .right { classes.append("n") }
    if cell == .empty { classes.append("empty") }
    var share: String?
    if column.key == "share", case .decimal(let value, _) = cell, value >= 0, value <= 1 {
      share = "--share:\(SVG.number(value * 100))%"
    }
    var isText = false
    if case .text = cell {
      isText = true
      if shown.utf8.count > Self.lineLength { classes.append("long") }
    }
    markup.element(
      "td",
      [
        "role": role, "class": classes.isEmpty ? nil : classes.joined(separator: " "), "style": share,
        "data-value": isText || cell == .empty || plain == shown ? nil : plain,
      ], text: shown)
  }

  static func cut(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > longestText else { return text }
    return String(scalars.prefix(longestText)) + "… (\(text.utf8.count) bytes)"
  }
}
