internal import OrderedJSON

extension Table {
  /// Columns as wide as their widest cell, two spaces apart; no spaces at the ends of lines.
  func aligned() -> String {
    let shown = rows.map { $0.map(\.shown) }
    var widths = columns.map { TerminalText.columns(of: $0.title) }
    for row in shown { Self.widen(&widths, by: row) }
    var text = ""
    for row in [columns.map(\.title)] + shown {
      text += Self.line(row, columns, widths)
      text += "\n"
    }
    return text
  }

  /// The same line by line, for rows that are made when they are wanted: a hundred thousand of them need not be cells,
  /// or text, all at once. They are gone through twice.
  public static func forEachAlignedLine<Failure: Error>(
    _ columns: [Column], _ rows: some Sequence<[Cell]>, _ body: (String) throws(Failure) -> Void
  ) throws(Failure) {
    var widths = columns.map { TerminalText.columns(of: $0.title) }
    for row in rows { widen(&widths, by: row.map(\.shown)) }
    try body(line(columns.map(\.title), columns, widths))
    for row in rows { try body(line(row.map(\.shown), columns, widths)) }
  }

  private static func line(_ cells: [String], _ columns: [Column], _ widths: [Int]) -> String {
    var text = ""
    // Spaces are written when something follows them.
    var spaces = 0
    for (index, cell) in cells.enumerated() {
      let padding = widths[index] - TerminalText.columns(of: cell)
      spaces += (index > 0 ? 2 : 0) + (columns[index].alignment == .right ? padding : 0)
      if !cell.isEmpty {
        for _ in 0..<spaces { text += " " }
        text += cell
        spaces = 0
      }
      if columns[index].alignment == .left { spaces += padding }
    }
    while text.utf8.last == 0x20 { text.removeLast() }
    return text
  }

  private static func widen(_ widths: inout [Int], by cells: [String]) {
    for (index, cell) in cells.enumerated() { widths[index] = max(widths[index], TerminalText.columns(of: cell)) }
  }

  /// A heading line of keys, then a line a row.
  func separated(by separator: String, escape: (String) -> String) -> String {
    var text = columns.map { escape($0.key) }.joined(separator: separator) + "\n"
    for row in rows {
      for (place, cell) in row.enumerated() {
        if place > 0 { text += separator }
        text += escape(cell.plain)
      }
      text += "\n"
    }
    return text
  }

  /// A value of csv: in quotes where RFC 4180 asks for them. Newlines and tabs are kept; what could drive a terminal is
  /// escaped (json has every character as it is).
  static func quoted(_ text: String) -> String {
    if text.isPlain(without: UInt8(ascii: ","), UInt8(ascii: "\"")) { return text }
    let safe = TerminalText.escaped(text, keeping: ["\n", "\r", "\t"])
    let needsQuotes =
      safe.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0A || $0 == 0x0D }
      || safe.utf8.first == 0x20 || safe.utf8.last == 0x20
    guard needsQuotes else { return safe }
    guard safe.utf8.contains(UInt8(ascii: "\"")) else { return "\"\(safe)\"" }
    var result = "\""
    for scalar in safe.unicodeScalars {
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }

  /// A value of tsv: one line without tabs. Backslashes are doubled, so that escapes can be told from text.
  static func escaped(_ text: String) -> String {
    if text.isPlain(without: UInt8(ascii: "\\"), UInt8(ascii: "\\")) { return text }
    let doubled = text.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar == "\\" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return TerminalText.escaped(doubled)
  }

  func json() -> String { TerminalText.jsonEscaped(JSONValue.array(objects).text(indent: "  ")) + "\n" }

  /// An object a row.
  var objects: [JSONValue] {
    // A column that was asked for twice is there once.
    var seen: Set<String> = []
    let places = columns.indices.filter { seen.insert(columns[$0].key).inserted }
    return rows.map { row in
      JSONValue.object(JSONObject(members: places.map { JSONObject.Member(key: columns[$0].key, value: row[$0].json) }))
    }
  }

  func markdown() -> String {
    let rules = columns.map { $0.alignment == .left ? "---" : "---:" }
    return ([columns.map { Self.markdownText($0.title) }, rules] + rows.map { $0.map { Self.markdownText($0.plain) } })
      .reduce(into: "") { $0 += "| " + $1.joined(separator: " | ") + " |\n" }
  }

  /// One line in which nothing is markup: label values may hold anything.
  static func markdownText(_ text: String) -> String {
    TerminalText.escaped(text).unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "\\", "|", "*", "_", "`", "[", "]", "~": result += "\\"
      case "<":
        result += "&lt;"
        return
      case "&":
        result += "&amp;"
        return
      default: break
      }
      result.unicodeScalars.append(scalar)
    }
  }
}

extension String {
  /// Whether it is printable ASCII without spaces and without either of two characters, as most cells are: nothing that
  /// a format or a terminal could take for anything else.
  fileprivate func isPlain(without first: UInt8, _ second: UInt8) -> Bool {
    utf8.allSatisfy { (0x21..<0x7F).contains($0) && $0 != first && $0 != second }
  }
}
