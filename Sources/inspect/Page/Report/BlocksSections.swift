import Console
import Inspection
import Thanos

/// The time that blocks cover.
struct TimelineSection: PageSection {
  let timelines: [SetTimeline]
  let limit: Int

  let id = "timeline"
  let title = "Timeline"
  let lead =
    "The time that blocks cover, by label set and resolution; taller blocks are of a higher compaction level."
    + " Blocks marked for deletion are left out."

  func write(to markup: inout Markup) {
    if timelines.isEmpty {
      markup.element("p", ["class": "none"], text: "No block with a time.")
    } else {
      let more = timelines.count - TimelineChart.longest
      Figure(
        id: "timeline-chart", title: "Blocks by time",
        hint: more > 0 ? "\(TimelineChart.longest) of \(timelines.count) label sets and resolutions." : "",
        chart: TimelineChart(timelines)
      ).write(to: &markup)
    }
    let document = TimelineDocument.document(of: timelines, shownULIDs: 3) { $0 }
    for section in document.sections {
      var shown = section
      shown.table = section.table.limited(to: limit)
      let more = section.table.rows.count - shown.table.rows.count
      TableMarkup(
        document: "inspect timeline", section: shown, more: more > 0 ? "and \(more) more: inspect timeline" : ""
      ).write(to: &markup)
    }
  }
}

/// What blocks weigh: by time, by label set, and one by one.
struct SizesSection: PageSection {
  let rows: [BlockRow]
  let limit: Int

  let id = "blocks"
  let title = "Blocks and sizes"
  let lead = "What the files of the blocks weigh, whatever meta.json says."

  func write(to markup: inout Markup) {
    let sizes = SizesByTime(rows)
    if let chart = sizes.chart {
      Figure(
        id: "sizes-chart", title: "Bytes by the time of their samples",
        hint: "Each block is spread over the time that it covers; blocks marked for deletion are left out.",
        chart: chart
      ).write(to: &markup)
    }
    let totals = BlockTotals.table(of: rows)
    TableMarkup(
      document: "inspect blocks --totals",
      section: Document.Section("totals", "Totals by label set and resolution", totals), sum: "all"
    ).write(to: &markup)
    let odd = rows.filter { $0.state != BlockRow.ok }
    if !odd.isEmpty { write("odd", "Blocks with something wrong", odd, Self.oddColumns, to: &markup) }
    write("blocks", "Newest blocks", rows.filter { $0.description != nil }, Self.columns, to: &markup)
  }

  private static let oddColumns = ["ULID", "TOTAL", "MARKERS", "STATE"]
  /// Without those that are the same in most buckets.
  private static let columns = [
    "ULID", "FROM", "UNTIL", "RANGE", "COMP-LEVEL", "RESOLUTION", "LABELS", "#SERIES", "#SAMPLES", "#CHUNKS", "INDEX",
    "CHUNKS", "TOTAL", "BYTES/SAMPLE", "SAMPLES/CHUNK", "UPLOADED", "MARKERS", "STATE",
  ]

  private func write(
    _ key: String, _ title: String, _ rows: [BlockRow], _ columns: [String], to markup: inout Markup
  ) {
    let more = rows.count - min(limit, rows.count)
    let all = BlockTable.table(of: rows.suffix(limit).reversed())
    let table = (try? all.selecting(columns)) ?? all
    TableMarkup(
      document: "inspect blocks", section: Document.Section(key, title, table),
      more: more > 0 ? "and \(more) more: inspect blocks" : ""
    ).write(to: &markup)
  }
}
