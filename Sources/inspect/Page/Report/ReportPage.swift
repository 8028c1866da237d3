import Analysis
import Console
import Inspection
import Planning
import Quantities
import TSDB
import Thanos

/// A report as one page that needs nothing else: no network, no script.
public struct ReportPage: Sendable {
  private let report: BlockReport

  public init(_ report: BlockReport) { self.report = report }

  /// The page as HTML.
  public var html: String {
    var markup = Markup()
    markup.own("<!DOCTYPE html>\n")
    markup.element("html", ["lang": "en"]) { markup in
      markup.newline()
      markup.element("head") { writeHead(to: &$0) }
      markup.newline()
      markup.element("body") { writeBody(to: &$0) }
    }
    markup.newline()
    return markup.source
  }

  private func writeHead(to markup: inout Markup) {
    markup.empty("meta", ["charset": "utf-8"])
    // Whatever a label's value might smuggle in: nothing is fetched, nothing is run.
    markup.empty(
      "meta",
      [
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
      ])
    markup.empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
    markup.empty("meta", ["name": "color-scheme", "content": "light dark"])
    markup.empty("meta", ["name": "referrer", "content": "no-referrer"])
    markup.empty("meta", ["name": "generator", "content": "blockhaul inspect \(Version.number)"])
    markup.element("title", text: "Blocks of \(TableMarkup.cut(report.location))")
    markup.newline()
    markup.element("style") { Style.write(to: &$0) }
  }

  private func writeBody(to markup: inout Markup) {
    let plan = report.plan.map { $0.document(limit: report.question.limit, order: Self.asItIs) }
    let sections = sections(plan)
    Style.writePatterns(to: &markup)
    markup.element("header") { writeHeader(to: &$0) }
    markup.newline()
    if sections.count > 1 {
      markup.element("nav", ["aria-label": "Contents"]) { markup in
        for section in sections { markup.element("a", ["href": "#\(section.id)"], text: section.title) }
      }
      markup.newline()
    }
    markup.element("main") { markup in
      writeNotices(to: &markup)
      if !report.rows.isEmpty { KeyFigures(BlockTotals.table(of: report.rows), plan: plan).write(to: &markup) }
      for section in sections { markup.section(section) }
    }
    markup.newline()
    markup.element("footer") { markup in
      markup.element(
        "p", text: "Made by inspect \(Version.number), of blockhaul. Times are in UTC; sizes in powers of 1024.")
    }
  }

  private func writeHeader(to markup: inout Markup) {
    markup.element("p", ["class": "kind"], text: "Block report")
    markup.element("h1", text: TableMarkup.cut(report.location))
    let times = report.rows.compactMap(\.description?.meta)
    var parts = ["Made \(TimeTicks.moment(Double(report.made))) UTC"]
    if let from = times.map(\.minTime).min(), let until = times.map(\.maxTime).max() {
      parts.append("data from \(TimeTicks.moment(Double(from))) to \(TimeTicks.moment(Double(until)))")
    }
    if report.question.selection != .all { parts.append("a selection of blocks; the plan is about all of them") }
    markup.element("p", ["class": "lead"], text: parts.joined(separator: " · "))
  }

  private func writeNotices(to markup: inout Markup) {
    if report.notices.isEmpty { return }
    markup.element("ul", ["class": "notices", "aria-label": "Notices"]) { markup in
      for notice in report.notices {
        markup.element("li", ["class": notice.isDamage ? "damage" : "remark"]) { markup in
          markup.element("strong", text: notice.isDamage ? "Damage" : "Note")
          markup.text(" \(notice.text)")
        }
      }
    }
    markup.newline()
  }

  private static func asItIs(_ table: Table) -> Table { table }

  private func sections(_ plan: Document?) -> [any PageSection] {
    let limit = report.question.limit
    var sections: [any PageSection] = []
    if !report.rows.isEmpty {
      let timelines = SetTimeline.timelines(of: report.rows, minimumGap: report.question.minimumGap)
      sections.append(TimelineSection(timelines: timelines, limit: limit))
      sections.append(SizesSection(rows: report.rows, limit: limit))
    }
    if let plan, let planned = report.plan { sections.append(GrowthSection(plan: planned, document: plan)) }
    if let block = report.block {
      if let index = report.index {
        let document = index.document(of: block, limit: limit, order: Self.asItIs)
        sections.append(IndexSection(block: block, document: document))
      }
      if let chunks = report.chunks {
        let document = chunks.document(of: block, limit: limit, order: Self.asItIs)
        sections.append(ChunksSection(block: block, document: document, question: chunks.question))
      }
    }
    if let plan { sections.append(PlanSection(document: plan)) }
    return sections
  }
}
