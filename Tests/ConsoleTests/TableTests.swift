import OrderedJSON
import Testing

@testable import Console

@Suite struct TableTests {
  struct Case: Sendable {
    let cell: Cell
    let shown: String
    let plain: String
    let json: String
  }

  @Test(
    "each kind of cell has a text for people, one for programs and a JSON value",
    arguments: [
      Case(cell: .text("a\tb"), shown: "a\\tb", plain: "a\tb", json: "\"a\\tb\""),
      Case(cell: .text(nil), shown: "-", plain: "", json: "null"),
      Case(cell: .integer(0), shown: "0", plain: "0", json: "0"),
      Case(cell: .integer(999), shown: "999", plain: "999", json: "999"),
      Case(cell: .integer(2_316_976), shown: "2,316,976", plain: "2316976", json: "2316976"),
      Case(cell: .integer(-1000), shown: "-1,000", plain: "-1000", json: "-1000"),
      Case(
        cell: .integer(.min), shown: "-9,223,372,036,854,775,808", plain: "-9223372036854775808",
        json: "-9223372036854775808"),
      Case(
        cell: .count(UInt64.max), shown: "9,223,372,036,854,775,807", plain: "9223372036854775807",
        json: "9223372036854775807"),
      Case(cell: .decimal(1.23456, places: 2), shown: "1.23", plain: "1.23456", json: "1.23456"),
      Case(cell: .decimal(2, places: 1), shown: "2.0", plain: "2", json: "2"),
      Case(cell: .decimal(.nan, places: 1), shown: "nan", plain: "nan", json: "null"),
      Case(cell: .bytes(344), shown: "344 B", plain: "344", json: "344"),
      Case(cell: .bytes(1_734_567), shown: "1.65 MiB", plain: "1734567", json: "1734567"),
      Case(cell: .bytes(.max), shown: "16.0 EiB", plain: "18446744073709551615", json: "18446744073709551615"),
      Case(
        cell: .time(1_751_241_600_020), shown: "2025-06-30T00:00:00.02Z", plain: "2025-06-30T00:00:00.02Z",
        json: "\"2025-06-30T00:00:00.02Z\""),
      Case(cell: .duration(7_199_980), shown: "1h59m59.98s", plain: "7199.98", json: "7199.98"),
      Case(cell: .duration(-1), shown: "-1ms", plain: "-0.001", json: "-0.001"),
      Case(cell: .duration(7_200_000), shown: "2h0m0s", plain: "7200", json: "7200"),
      Case(cell: .boolean(true), shown: "true", plain: "true", json: "true"),
      Case(cell: .empty, shown: "-", plain: "", json: "null"),
    ])
  func cells(_ test: Case) {
    #expect(test.cell.shown == test.shown)
    #expect(test.cell.plain == test.plain)
    #expect(test.cell.json.text() == test.json)
  }

  private func table(_ cells: [Cell]...) -> Table {
    var table = Table([
      .init("NAME", key: "name"), .init("SIZE", key: "size_bytes", .right), .init("NOTE", key: "note"),
    ])
    for row in cells { table.append(row) }
    return table
  }

  @Test("columns are aligned by what is seen, without spaces at the ends of lines")
  func aligned() {
    let table = table(
      [.text("日本"), .bytes(5), .empty], [.text("e\u{301}"), .bytes(12_345_678), .text("x")], [.text("long name")])
    #expect(
      table.text(.table) == """
        NAME           SIZE  NOTE
        日本            5 B  -
        e\u{301}          11.8 MiB  x
        long name         -  -

        """)
  }

  struct Value: Sendable {
    let text: String
    let csv: String
    let tsv: String
  }

  @Test(
    "csv quotes as RFC 4180 asks, tsv escapes: a reader gets the value back, a terminal gets nothing",
    arguments: [
      Value(text: "plain", csv: "plain", tsv: "plain"),
      Value(text: "a,b", csv: "\"a,b\"", tsv: "a,b"),
      Value(text: "say \"hi\"", csv: "\"say \"\"hi\"\"\"", tsv: "say \"hi\""),
      Value(text: "two\nlines", csv: "\"two\nlines\"", tsv: "two\\nlines"),
      Value(text: "two\r\nlines", csv: "\"two\r\nlines\"", tsv: "two\\r\\nlines"),
      Value(text: "a\tb", csv: "a\tb", tsv: "a\\tb"),
      Value(text: "back\\n", csv: "back\\n", tsv: "back\\\\n"),
      Value(text: " edges ", csv: "\" edges \"", tsv: " edges "),
      Value(text: "\u{1B}[2J", csv: "\\x1b[2J", tsv: "\\x1b[2J"),
      Value(text: "e\u{301}\"\u{301}", csv: "\"e\u{301}\"\"\u{301}\"", tsv: "e\u{301}\"\u{301}"),
    ])
  func separated(_ value: Value) {
    let table = table([.text(value.text), .bytes(1), .empty])
    #expect(Array(table.text(.csv).utf8) == Array("name,size_bytes,note\n\(value.csv),1,\n".utf8))
    #expect(Array(table.text(.tsv).utf8) == Array("name\tsize_bytes\tnote\n\(value.tsv)\t1\t\n".utf8))
  }

  @Test("json is an array of objects in the order of the columns, exact to the character")
  func json() throws {
    let hostile = "\u{1B}[2J\u{9B}\u{202E}\"\\\n"
    let text = table([.text(hostile), .bytes(.max), .empty]).text(.json)
    #expect(!text.unicodeScalars.contains { $0 != "\n" && TerminalText.isUnsafe($0) })
    let parsed = try JSONValue(parsing: Array(text.utf8))
    #expect(parsed == .array([.object(["name": .string(hostile), "size_bytes": .integer(UInt64.max), "note": .null])]))
  }

  @Test(
    "a table without rows still has its heading",
    arguments: [
      (OutputFormat.table, "NAME  SIZE  NOTE\n"), (.csv, "name,size_bytes,note\n"), (.tsv, "name\tsize_bytes\tnote\n"),
      (.json, "[]\n"), (.markdown, "| NAME | SIZE | NOTE |\n| --- | ---: | --- |\n"),
    ])
  func empty(_ format: OutputFormat, _ expected: String) { #expect(table().text(format) == expected) }

  @Test("a row has as many cells as there are columns")
  func rows() {
    #expect(table([.text("a")]).rows == [[.text("a"), .empty, .empty]])
    #expect(table([.empty, .empty, .empty, .text("lost")]).rows == [[.empty, .empty, .empty]])
  }
}
