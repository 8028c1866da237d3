import Testing

@testable import Console

@Suite("Order of tables")
struct TableOrderTests {
  private func table(_ cells: [Cell]) -> Table {
    var table = Table([Table.Column("NAME", key: "name"), Table.Column("SIZE", key: "size_bytes", .right)])
    for (number, cell) in cells.enumerated() { table.append([.text("\(number)"), cell]) }
    return table
  }

  private func names(_ table: Table) -> String { table.rows.map { $0[0].plain }.joined() }

  struct Case: Sendable {
    let cells: [Cell]
    let rising: String
    let falling: String
  }

  @Test(
    "values are compared, not what is shown of them, and what has none comes last (thanos#2414)",
    arguments: [
      Case(cells: [.bytes(1 << 30), .bytes(900), .empty, .bytes(5 << 20)], rising: "1302", falling: "0312"),
      Case(cells: [.integer(10), .integer(-9), .integer(9)], rising: "120", falling: "021"),
      Case(cells: [.text("b"), .text("é"), .text("a"), .text("B")], rising: "3201", falling: "1023"),
      Case(cells: [.duration(7_200_000), .duration(60_000), .duration(-1)], rising: "210", falling: "012"),
      Case(cells: [.decimal(0.5, places: 1), .integer(0), .bytes(1), .decimal(.nan, places: 1)], rising: "1023", falling: "3201"),
      Case(cells: [.integer(1), .integer(1), .integer(1)], rising: "012", falling: "012"),
      Case(cells: [.integer(.max), .integer(.max - 1)], rising: "10", falling: "01"),
    ])
  func order(_ value: Case) throws {
    #expect(names(try table(value.cells).sorted(by: [.init("size_bytes")])) == value.rising)
    #expect(names(try table(value.cells).sorted(by: [.init("Size", isDescending: true)])) == value.falling)
  }

  @Test("rows that are equal go by the next column")
  func second() throws {
    let table = table([.integer(2), .integer(1), .integer(2)])
    #expect(names(try table.sorted(by: [.init("SIZE"), .init("NAME", isDescending: true)])) == "120")
  }

  @Test("an unknown column is named with those there are")
  func unknown() {
    #expect(throws: UnknownColumn(name: "weight", known: ["name", "size_bytes"])) {
      try table([]).sorted(by: [.init("weight")])
    }
  }

  @Test("columns are chosen by heading or key, and rows by their number")
  func selection() throws {
    let table = try table([.bytes(5), .bytes(6)]).selecting(["size_bytes", "NAME"]).limited(to: 1)
    #expect(table.text(.csv) == "size_bytes,name\n5,0\n")
    #expect(self.table([.bytes(5)]).limited(to: 0).rows.isEmpty)
    #expect(self.table([.bytes(5)]).limited(to: nil).rows.count == 1)
  }

  @Test("in markdown nothing of a value is markup")
  func markdown() {
    #expect(
      table([.text("a|b*`<x>\n")]).text(.markdown)
        == "| NAME | SIZE |\n| --- | ---: |\n| 0 | a\\|b\\*\\`&lt;x>\\\\n |\n")
  }

  @Test("a document has each of its tables in every format")
  func document() {
    let sizes = Document.Section("sizes", "Sizes", table([.bytes(2048)]), notes: ["estimated"])
    let one = Document.Section("total", "Total", table([.bytes(4096)]), isRecord: true)
    let document = Document(schema: "blockhaul.test/1", [sizes, one])
    #expect(document.text(.table) == "Sizes\n  NAME      SIZE\n  0     2.00 KiB\n  estimated\n\nTotal\n  NAME  0\n  SIZE  4.00 KiB\n")
    #expect(document.text(.csv) == "# sizes\nname,size_bytes\n0,2048\n\n# total\nname,size_bytes\n0,4096\n")
    #expect(Document(schema: "", [sizes]).text(.csv) == "name,size_bytes\n0,2048\n")
    #expect(
      document.text(.json).filter { $0 != "\n" && $0 != " " }
        == #"{"schema":"blockhaul.test/1","sizes":[{"name":"0","size_bytes":2048}],"total":{"name":"0","size_bytes":4096},"notes":{"sizes":["estimated"]}}"#)
    #expect(document.text(.markdown).hasPrefix("## Sizes\n\n| NAME | SIZE |\n"))
  }
}
