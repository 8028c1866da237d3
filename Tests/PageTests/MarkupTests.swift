import Console
import Testing

@testable import Page

@Suite("HTML that is written")
struct MarkupTests {
  @Test(
    "nothing that text holds becomes markup, or is unseen",
    arguments: [
      ("a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c"),
      ("</script><script>alert(1)</script>", "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
      ("\u{0}\u{1b}[31m\n\u{7f}\u{85}", #"\x00\x1b[31m\n\x7f\x85"#),
      ("\u{202e}abc\u{2028}", #"\u202eabc\u2028"#),
      (String(decoding: [0x66, 0xFF, 0xFE, 0xC3], as: UTF8.self), "f\u{FFFD}\u{FFFD}\u{FFFD}"),
      ("größe 東京 🦀 e\u{301}", "größe 東京 🦀 e\u{301}"), ("", ""),
      // A combining mark after a quote is one character to a String.
      ("\"\u{301}>\u{301}", "&quot;\u{301}&gt;\u{301}"),
    ])
  func escaping(text: String, expected: String) {
    #expect(Markup.escaped(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test("attributes are escaped, and left out where there is no value")
  func attributes() {
    var markup = Markup()
    markup.element("td", ["class": nil, "title": "\" onclick=\"x", "data-value": ""], text: "<i>")
    markup.empty("rect", ["x": "1"])
    #expect(markup.source == "<td title=\"&quot; onclick=&quot;x\" data-value=\"\">&lt;i&gt;</td><rect x=\"1\"/>")
  }

  @Test(
    "numbers of shapes are such that a browser takes",
    arguments: [
      (0.0, "0"), (1.0, "1"), (1.25, "1.3"), (-0.04, "0"), (-2.5, "-2.5"), (.nan, "0"), (.infinity, "0"),
      (1e300, "1000000"),
    ])
  func numbers(value: Double, expected: String) { #expect(SVG.number(value) == expected) }
}

@Suite("tables of the page")
struct TableMarkupTests {
  private func written(_ section: Document.Section, more: String = "") -> String {
    var markup = Markup()
    TableMarkup(document: "inspect x", section: section, more: more).write(to: &markup)
    return markup.source
  }

  @Test("a cell has what people read, and the number of json where that is another")
  func cells() {
    var table = Table([
      Table.Column("NAME", key: "name"), Table.Column("SIZE", key: "size_bytes", .right),
      Table.Column("COUNT", key: "count", .right), Table.Column("SHARE", key: "share", .right),
      Table.Column("NOTHING", key: "nothing"), Table.Column("RANGE", key: "range_seconds"),
    ])
    table.append([
      .text("<up>"), .bytes(1536), .integer(12), .decimal(0.12345, places: 3), .empty, .duration(7_199_980),
    ])
    let html = written(Document.Section("rows", "Rows & more", table, notes: ["1 of 2"]), more: "and 1 more: inspect x")
    #expect(html.contains("<h3>Rows &amp; more</h3>"))
    #expect(html.contains("data-document=\"inspect x\" data-section=\"rows\""))
    #expect(html.contains("<th scope=\"col\" data-key=\"size_bytes\" class=\"n\">SIZE</th>"))
    #expect(html.contains("<td>&lt;up&gt;</td>"))
    #expect(html.contains("<td class=\"n\" data-value=\"1536\">1.50 KiB</td>"))
    #expect(html.contains("<td class=\"n\">12</td>"))
    #expect(html.contains("<td class=\"n\" style=\"--share:12.3%\" data-value=\"0.12345\">0.123</td>"))
    #expect(html.contains("<td class=\"empty\">-</td>"))
    #expect(html.contains("<td data-value=\"7199.98\">1h59m59.98s</td>"))
    #expect(
      html.contains("<p class=\"note\">1 of 2</p>") && html.contains("<p class=\"note\">and 1 more: inspect x</p>"))
  }

  @Test("a record has its values one below the other, and an empty table says so")
  func records() {
    var table = Table([Table.Column("Blocks", key: "blocks"), Table.Column("Size", key: "size_bytes")])
    #expect(written(Document.Section("source", "Source", table)).contains("<p class=\"none\">None.</p>"))
    table.append([.integer(1234), .bytes(5)])
    let html = written(Document.Section("source", "Source", table, isRecord: true))
    #expect(
      html.contains(
        "<th scope=\"row\" role=\"rowheader\" data-key=\"blocks\">Blocks</th><td role=\"cell\" data-value=\"1234\">1,234</td>"
      ))
  }

  @Test("a text of a megabyte is cut, and a table of thousands of rows")
  func long() {
    var table = Table([Table.Column("A", key: "a")])
    for _ in 0..<1200 { table.append([.text("x")]) }
    #expect(written(Document.Section("a", "A", table)).contains("and 200 more rows: inspect x"))
    var one = Table([Table.Column("A", key: "a")])
    one.append([.text(String(repeating: "é", count: 500_000))])
    let html = written(Document.Section("a", "A", one))
    #expect(html.utf8.count < 2000 && html.contains("é… (1000000 bytes)</td>"))
  }
}
