import ArgumentParser
import Testing

@testable import Console

@Suite("Tables that are written as their rows come")
struct TableStreamTests {
  private static let columns = [Table.Column("NAME", key: "name"), Table.Column("#", key: "count", .right)]

  private static func rows(_ count: Int) -> [[Cell]] {
    (0..<count).map { [.text("row \($0 % 7), \"\(1_000 + $0)\"\nx|y"), .integer(Int64($0 * 7919 % 1009))] }
  }

  private static func table(_ rows: [[Cell]]) -> Table {
    rows.reduce(into: Table(columns)) { $0.append($1) }
  }

  @Test("the text is that of the whole table", arguments: OutputFormat.allCases, [0, 1, 2, 999, 1_000, 2_500])
  func whole(_ format: OutputFormat, _ count: Int) {
    let rows = Self.rows(count)
    for step in [1, 400, 5_000] {
      var stream = TableStream(Self.columns, format)
      var text = ""
      for start in stride(from: 0, to: count, by: step) {
        text += stream.text(Array(rows[start..<min(count, start + step)]))
        text += stream.text([])
      }
      text += stream.end()
      #expect(text == Self.table(rows).text(format), "\(step)")
    }
  }

  @Test("a value that is wider than all before it widens the lines from there on")
  func widening() {
    var stream = TableStream(Self.columns, .table)
    var text = stream.text(Self.rows(1_200))
    text += stream.text([[.text(String(repeating: "w", count: 60)), .integer(1)], [.text("a"), .integer(22)]])
    text += stream.end()
    let lines = text.split(separator: "\n")
    #expect(lines.count == 1_203)
    #expect(lines[1_201].count == lines[1_202].count && lines[1_202].count > lines[1].count)
  }

  @Test(
    "another order with a limit is that of the whole table, with few rows held",
    arguments: OutputFormat.allCases, [["--sort-by", "count"], ["--sort-by", "count", "--descending"], []])
  func order(_ format: OutputFormat, _ flags: [String]) throws {
    for limit in [0, 1, 10, 5_000] {
      let options = try TableOptions.parse(["--output", format.rawValue, "--limit", "\(limit)"] + flags)
      let rows = Self.rows(4_000)
      var printer = try RowPrinter(Self.columns, options)
      var text = ""
      for start in stride(from: 0, to: rows.count, by: 300) {
        text += try printer.text(Array(rows[start..<min(rows.count, start + 300)]))
        #expect(printer.heldRows <= 2 * max(limit, 500) + 300)
      }
      text += try printer.end()
      #expect(text == (try options.apply(Self.table(rows))).text(format), "\(limit)")
    }
  }

  @Test("a column to sort by that there is not is told before the first row")
  func unknown() throws {
    let options = try TableOptions.parse(["--sort-by", "size"])
    #expect(throws: ValidationError.self) { _ = try RowPrinter(Self.columns, options) }
  }
}
