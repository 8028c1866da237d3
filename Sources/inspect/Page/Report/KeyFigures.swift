import Console
import Inspection
import Planning
import Quantities

/// The numbers at the top, each taken from a table of the page.
struct KeyFigures {
  struct Figure: Equatable {
    let title: String
    let text: String
    var hint = ""
    /// Table and column that it comes from.
    let origin: String
    /// `nil` where it is not known.
    let value: String?
  }

  private(set) var figures: [Figure] = []

  init(_ totals: Table, plan: Document?) {
    let all = totals.rows.count - 1
    add("Blocks", totals.cell("BLOCKS", all), "totals.BLOCKS")
    add("Size", totals.cell("TOTAL", all), "totals.TOTAL", hint: Self.parts(totals, all))
    add("Samples", totals.cell("#SAMPLES", all), "totals.#SAMPLES", text: Self.short)
    if let plan { addSeries(plan) }
    add("Bytes a sample", totals.cell("BYTES/SAMPLE", all), "totals.BYTES/SAMPLE", hint: "index included")
    if let plan { add(plan) }
  }

  private static func parts(_ totals: Table, _ row: Int) -> String {
    "index \(totals.cell("INDEX", row).shown), chunks \(totals.cell("CHUNKS", row).shown)"
  }

  private static func short(_ cell: Cell) -> String { Quantity.short(cell.amount ?? 0) }

  /// The row of all label sets, where there are several.
  private static func row(_ today: Table) -> Int { today.rows.count - 1 }

  private mutating func addSeries(_ plan: Document) {
    guard let today = plan.table("today"), !today.rows.isEmpty else { return }
    add(
      "Series", today.cell("active_series", Self.row(today)), "today.active_series", text: Self.short,
      hint: "of the newest raw blocks")
  }

  private mutating func add(_ plan: Document) {
    if let today = plan.table("today"), !today.rows.isEmpty {
      let row = Self.row(today)
      let bounds = ["growth_low_percent_per_month", "growth_high_percent_per_month"].map { today.cell($0, row).shown }
      add("Arrives a day", today.cell("bytes_per_day", row), "today.bytes_per_day")
      add(
        "Growth a month", today.cell("growth_percent_per_month", row), "today.growth_percent_per_month",
        text: { "\($0.amount.map { $0 > 0 ? "+" : "" } ?? "")\($0.shown) %" },
        hint: "\(bounds[0]) to \(bounds[1]) %, by 95 %", unknown: "too few or too short blocks to tell")
    }
    if let months = plan.table("projection"), months.rows.count > 1 {
      let last = months.rows.count - 1
      add(
        "In \(months.cell("month", last).shown) months", months.cell("total_bytes", last), "projection.total_bytes",
        hint: "projected")
    }
    if let gateway = plan.table("store_gateway"), gateway.cell("blocks").amount ?? 0 > 0 {
      add(
        "Index-headers", gateway.cell("index_header_bytes"), "store_gateway.index_header_bytes",
        hint: "a store gateway's disk")
    }
    if let bills = plan.table("bills"), bills.rows.count > 1 {
      let (currency, last) = (bills.texts("currency").first ?? "", bills.rows.count - 1)
      add(
        "Bill a month", bills.cell("total_amount"), "bills.total_amount",
        hint: "\(currency); \(bills.cell("total_amount", last).shown) in month \(bills.cell("month", last).shown)")
    }
  }

  private mutating func add(
    _ title: String, _ cell: Cell, _ origin: String, text: (Cell) -> String = { $0.shown }, hint: String = "",
    unknown: String? = nil
  ) {
    guard cell != .empty else {
      if let unknown { figures.append(Figure(title: title, text: "not known", hint: unknown, origin: origin, value: nil)) }
      return
    }
    figures.append(Figure(title: title, text: text(cell), hint: hint, origin: origin, value: cell.plain))
  }

  func write(to markup: inout Markup) {
    markup.element("dl", ["class": "figures", "aria-label": "Key figures"]) { markup in
      for figure in figures {
        markup.newline()
        markup.element("div") { markup in
          markup.element("dt", text: figure.title)
          if let value = figure.value {
            markup.element("dd", ["data-figure": figure.origin, "data-value": value], text: figure.text)
          } else {
            markup.element("dd", ["data-figure": figure.origin], text: figure.text)
          }
          if !figure.hint.isEmpty { markup.element("dd", ["class": "hint"], text: figure.hint) }
        }
      }
    }
    markup.newline()
  }
}
