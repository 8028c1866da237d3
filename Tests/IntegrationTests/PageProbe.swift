import OrderedJSON
import Testing

/// What a browser found in a report's page.
struct PageProbe {
  /// A table with what its cells stand for: numbers as json has them, `nil` for nothing.
  struct Table {
    /// The command beside it.
    let command: String
    let section: String
    let rows: [[(key: String, value: String?)]]
  }

  let found: JSONObject
  let tables: [Table]

  init(_ html: String, width: Int = 1280, isDark: Bool = false) async throws {
    found = try await Browser.look(at: html, width: width, isDark: isDark, script: Self.script)
    tables = try #require(found["tables"]?.array).map { value in
      let table = try #require(value.object)
      return Table(
        command: try #require(table["command"]?.string), section: try #require(table["section"]?.string),
        rows: try #require(table["rows"]?.array).map { row in
          try #require(row.array).map { cell in
            let pair = try #require(cell.array)
            return (try #require(pair[0].string), pair[1].string)
          }
        })
    }
  }

  func number(_ key: String) -> Int64? { found[key]?.int64 }

  func texts(_ key: String) -> [String] { (found[key]?.array ?? []).compactMap(\.string) }

  /// The key figures by where they come from.
  var figures: [String: String?] {
    (found["figures"]?.object?.members ?? []).reduce(into: [:]) { $0.updateValue($1.value.string, forKey: $1.key) }
  }

  private static let script = """
    (() => {
      const all = (selector, from = document) => [...from.querySelectorAll(selector)]
      const isShown = element => element.getClientRects().length > 0
      const charts = all("svg.chart").filter(isShown)
      const value = cell => cell.classList.contains("empty") ? null : cell.dataset.value ?? cell.textContent
      const rows = table => {
        if (table.classList.contains("record"))
          return [all("tr", table).map(row => [row.children[0].dataset.key, value(row.children[1])])]
        const keys = all("thead th", table).map(head => head.dataset.key)
        return all("tbody tr", table).map(row => [...row.children].map((cell, place) => [keys[place], value(cell)]))
      }
      // Text that reaches beyond the chart it stands in.
      const hanging = charts.flatMap(chart => {
        const box = chart.getBoundingClientRect()
        return all("text", chart).filter(text => {
          const own = text.getBoundingClientRect()
          return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1
        }).map(text => text.textContent)
      })
      const parts = color => color.match(/[\\d.]+/g).map(Number)
      const light = color => {
        const [r, g, b] = parts(color).map(part => part / 255).map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
      }
      const ground = element => {
        for (let at = element; at; at = at.parentElement) {
          const color = getComputedStyle(at).backgroundColor
          if ((parts(color)[3] ?? 1) > 0) return color
        }
        return "rgb(255, 255, 255)"
      }
      const pale = all("body *").filter(isShown).filter(element => [...element.childNodes].some(node =>
        node.nodeType === 3 && node.textContent.trim() !== "" && !["SCRIPT", "title", "desc"].includes(element.tagName))).filter(element => {
          const style = getComputedStyle(element)
          const color = light(element.namespaceURI.endsWith("svg") ? style.fill : style.color)
          const behind = light(ground(element))
          return (Math.max(color, behind) + 0.05) / (Math.min(color, behind) + 0.05) < 4.5
        }).map(element => `${element.tagName}.${element.getAttribute("class")}: ${element.textContent.slice(0, 40)}`)
      return {
        width: innerWidth, scrollWidth: document.documentElement.scrollWidth,
        isDark: matchMedia("(prefers-color-scheme: dark)").matches, ground: getComputedStyle(document.body).backgroundColor,
        charts: charts.length, figuresOfCharts: all("figure").length,
        flat: charts.filter(chart => chart.getBoundingClientRect().width < 100 || chart.getBoundingClientRect().height < 10).map(chart => chart.id),
        unnamed: charts.filter(chart => !chart.getAttribute("aria-labelledby").split(" ").every(id => document.getElementById(id)?.textContent.trim())).length,
        smallest: Math.min(...charts.flatMap(chart => all("text", chart).map(text =>
          parseFloat(getComputedStyle(text).fontSize) * chart.getBoundingClientRect().width / chart.viewBox.baseVal.width)), 99),
        hanging, pale: [...new Set(pale)].slice(0, 20), requests: performance.getEntriesByType("resource").length,
        foreign: all("script, img, iframe, object, link, form, [src], [onerror], [onload]").length - 1,
        ids: all("[id]").length - new Set(all("[id]").map(element => element.id)).size,
        links: all("a").filter(link => !document.getElementById(link.getAttribute("href").slice(1))).length,
        sections: all("section").map(section => section.id), notices: all(".notices li").map(notice => notice.textContent),
        figures: Object.fromEntries(all("[data-figure]").map(figure => [figure.dataset.figure, figure.dataset.value ?? null])),
        text: document.body.innerText.slice(0, 4000),
        tables: all("table[data-section]").map(table =>
          ({ command: table.dataset.document, section: table.dataset.section, rows: rows(table) })),
      }
    })()
    """
}
