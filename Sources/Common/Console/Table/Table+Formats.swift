internal import OrderedJSON

extension Table {
  /// Columns as wide as their widest cell, two spaces apart; no spaces at the ends of lines.
  func aligned() -> String {
    var text = ""
    Self.forEachAlignedLine(columns, rows) { text += $0 + "\n" }
    return text
  }

  /// The same line by line, for rows that are made when they are wanted: a hundred thousand of them need not be cells,
  /// or text, all at once. They are gone through twice.
  public static func forEachAlignedLine<Failure: Error>(
    _ columns: [Column], _ rows: some Sequence<[Cell]>, _ body: (String) throws(Failure) -> Void
  ) throws(Failure) {
    let widths = widths(of: columns, rows)
    try body(line(columns.map(\.title), columns, widths))
    for row in rows { try body(line(row.map(\.shown), columns, widths)) }
  }

  /// The lines of rows in columns of given widths.
  func forEachLine(widths: [Int], withHeading: Bool, _ body: (String) -> Void) {
    if withHeading { body(Self.line(columns.map(\.title), columns, widths)) }
    for row in rows { body(Self.line(row.map(\.shown), columns, widths)) }
  }

  /// How wide the columns have to be.
  /// - Parameter known: what they are at least.
  static func widths(of columns: [Column], _ rows: some Sequence<[Cell]>, atLeast known: [Int] = []) -> [Int] {
    var widths = known.isEmpty ? columns.map { TerminalText.columns(of: $0.title) } : known
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TerminalText.columns(of: cell.shown)) }
    }
    return widths
  }

  private static func line(_ cells: [String], _ columns: [Column], _ widths: [Int]) -> String {
    var text = ""
    for (index, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: widths[index] - TerminalText.columns(of: cell))
      text += (index > 0 ? "  " : "") + (columns[index].alignment == .left ? cell + padding : padding + cell)
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// A heading line of keys, then a line a row.
  func separated(by separator: String, escape: (String) -> String) -> String {
    ([columns.map(\.key)] + rows.map { $0.map(\.plain) }).reduce(into: "") { result, line in
      result += line.map(escape).joined(separator: separator) + "\n"
    }
  }

  /// A value of csv: in quotes where RFC 4180 asks for them. Newlines and tabs are kept; what could drive a terminal is
  /// escaped (json has every character as it is).
  static func quoted(_ text: String) -> String {
    let safe = TerminalText.escaped(text, keeping: ["\n", "\r", "\t"])
    let needsQuotes =
      safe.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D].contains($0) }
      || safe.utf8.first == 0x20 || safe.utf8.last == 0x20
    guard needsQuotes else { return safe }
    return "\"\(doubling(UInt8(ascii: "\""), in: safe))\""
  }

  /// By bytes: a million labels are quoted in a second.
  private static func doubling(_ mark: UInt8, in text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 16)
    for byte in text.utf8 {
      if byte == mark { bytes.append(mark) }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A value of tsv: one line without tabs. Backslashes are doubled, so that escapes can be told from text.
  static func escaped(_ text: String) -> String {
    TerminalText.escaped(doubling(UInt8(ascii: "\\"), in: text))
  }

  func json() -> String { TerminalText.jsonEscaped(JSONValue.array(objects).text(indent: "  ")) + "\n" }

  /// The same without its brackets, and without a newline at its end.
  var jsonItems: String {
    let text = TerminalText.jsonEscaped(JSONValue.array(objects).text(indent: "  "))
    return String(Substring(text.utf8.dropFirst(2).dropLast(2)))
  }

  /// An object a row.
  var objects: [JSONValue] {
    rows.map { row in
      JSONValue.object(zip(columns, row).reduce(into: JSONObject()) { $0[$1.0.key] = $1.1.json })
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
