import Inspection
import Quantities
import TSDB
import Thanos

/// The blocks of each label set and resolution along the axis of time, with gaps and overlaps.
struct TimelineChart: Chart {
  private let timelines: [SetTimeline]
  /// Ms since 1970.
  private let from: Double
  private let until: Double

  /// Label sets and resolutions that are drawn.
  static let longest = 40
  private static let lane = 18.0
  private static let heading = 20.0
  private static let distance = 14.0
  private static let margin = 6.0
  /// Pixels from which a block is drawn by itself; narrower ones are a column each pixel.
  private static let ownWidth = 3.0
  /// Shapes of a lane of each kind: blocks that all lie upon each other need not be seen one by one.
  private static let shapes = 400

  init(_ timelines: [SetTimeline]) {
    self.timelines = Array(timelines.prefix(Self.longest))
    let spans = self.timelines.lazy.flatMap(\.blocks).map(\.span)
    from = Double(spans.map(\.minTime).min() ?? 0)
    until = Double(spans.map(\.maxTime).max() ?? 0)
  }

  var summary: String {
    let parts = timelines.map { timeline in
      "\(Self.name(timeline)): \(timeline.blocks.count) blocks, \(timeline.gaps.count) gaps,"
        + " \(timeline.overlaps.count) overlaps"
    }
    return "From \(TimeTicks.moment(from)) to \(TimeTicks.moment(until)) UTC. "
      + parts.prefix(10).map { TableMarkup.cut($0) }.joined(separator: "; ")
  }

  var legend: [LegendItem] {
    var levels = Set<Int>()
    for timeline in timelines { for block in timeline.blocks { levels.insert(Self.level(block.level)) } }
    var items = levels.sorted().map { level in
      LegendItem(style: "level\(level)", text: level < 4 ? "level \(level)" : "level 4 and more")
    }
    if timelines.contains(where: { !$0.gaps.isEmpty }) { items.append(LegendItem(style: "gap", text: "gap")) }
    guard timelines.contains(where: { !$0.overlaps.isEmpty }) else { return items }
    return items + [LegendItem(style: "overlap", text: "overlap")]
  }

  func height(_ size: ChartSize) -> Double {
    Double(timelines.count) * (Self.heading + Self.lane + Self.distance) + 26
  }

  func draw(_ size: ChartSize, to svg: inout Markup) {
    let x = Scale(from...Swift.max(from, until), start: Self.margin, end: size.width - Self.margin)
    let bottom = height(size) - 24
    for tick in TimeTicks.ticks(from: from, until: until, count: Axes.timeTicks(size)) {
      let place = x(tick.value)
      svg.line("grid", place, 4, place, bottom)
      let half = Double(tick.text.utf8.count) * 3.3
      let anchor: Markup.Anchor = place + half > size.width ? .end : place - half < 0 ? .start : .middle
      svg.label("tick", x: place, y: bottom + 16, anchor: anchor, tick.text)
    }
    var top = 0.0
    for timeline in timelines {
      drawHeading(timeline, size, top, to: &svg)
      drawLane(timeline, x, size, top + Self.heading, to: &svg)
      top += Self.heading + Self.lane + Self.distance
    }
  }

  private static func name(_ timeline: SetTimeline) -> String {
    "\(timeline.set.labels) \(timeline.set.resolution.name)"
  }

  /// 1…4, as the styles are called.
  private static func level(_ level: Int64) -> Int { Int(min(4, max(1, level))) }

  private func drawHeading(_ timeline: SetTimeline, _ size: ChartSize, _ top: Double, to svg: inout Markup) {
    func count(_ number: Int, _ name: String) -> String { "\(number) \(name)\(number == 1 ? "" : "s")" }
    let blocks = count(timeline.blocks.count, "block")
    let room = size.width - Double(blocks.utf8.count) * 6.4 - 24
    svg.label("name", x: Self.margin, y: top + 15, SVG.fitting(Self.name(timeline), width: room))
    svg.label("tick", x: size.width - Self.margin, y: top + 15, anchor: .end, blocks)
  }

  private func drawLane(_ timeline: SetTimeline, _ x: Scale, _ size: ChartSize, _ top: Double, to svg: inout Markup) {
    svg.rect("lane", x: Self.margin, y: top, width: size.width - 2 * Self.margin, height: Self.lane, corner: 3)
    drawBlocks(timeline.blocks, x, size, top, to: &svg)
    for gap in Self.merged(timeline.gaps.map { ($0.from, $0.until) }, x) {
      svg.rect("gap", x: gap.start, y: top, width: gap.width, height: Self.lane, tip: gap.tip("gap"))
    }
    for overlap in Self.merged(timeline.overlaps.map { ($0.from, $0.until) }, x) {
      svg.rect("overlap", x: overlap.start, y: top - 2, width: overlap.width, height: 7, tip: overlap.tip("overlap"))
    }
  }

  private func drawBlocks(
    _ blocks: [SetTimeline.Block], _ x: Scale, _ size: ChartSize, _ top: Double, to svg: inout Markup
  ) {
    var columns = [Int](repeating: 0, count: Int(size.width) + 1)
    var drawn = Set<[Int]>()
    for block in blocks {
      let (start, end) = (x(Double(block.span.minTime)), x(Double(block.span.maxTime)))
      let level = Self.level(block.level)
      if end - start >= Self.ownWidth, drawn.count < Self.shapes {
        guard drawn.insert([Int(start * 2), Int(end * 2), level]).inserted else { continue }
        drawBlock(level, start, end - start - 0.8, top, tip: Self.tip(block), to: &svg)
      } else {
        let last = min(columns.count - 1, max(Int(start), Int(end.rounded(.up)) - 1))
        for column in min(Int(start), last)...last { columns[column] = max(columns[column], level) }
      }
    }
    var column = 0
    while column < columns.count {
      let run = columns[column...].prefix { $0 == columns[column] }.count
      if columns[column] > 0 { drawBlock(columns[column], Double(column), Double(run), top, tip: nil, to: &svg) }
      column += run
    }
  }

  /// Higher levels are taller too, not only of another colour.
  private func drawBlock(
    _ level: Int, _ start: Double, _ width: Double, _ top: Double, tip: String?, to svg: inout Markup
  ) {
    let height = Self.lane - Double(4 - level) * 3
    svg.rect(
      "level\(level)", x: start, y: top + Self.lane - height, width: max(0.6, width), height: height,
      corner: width > 6 ? 1.5 : 0, tip: tip)
  }

  private static func tip(_ block: SetTimeline.Block) -> String {
    let times = "\(TimeTicks.moment(Double(block.span.minTime))) – \(TimeTicks.moment(Double(block.span.maxTime)))"
    let size = block.bytes.map { ", \(ByteSize.text($0))" } ?? ""
    return "\(block.span.ulid): \(times), level \(block.level)\(size)"
  }

  /// Times that lie on the same pixels.
  private struct Merged {
    let start: Double
    var width: Double
    var count = 1
    /// Ms since 1970.
    let from: Int64
    var until: Int64

    func tip(_ name: String) -> String {
      let times = "\(TimeTicks.moment(Double(from))) – \(TimeTicks.moment(Double(until)))"
      return count == 1 ? "\(name): \(times)" : "\(count) \(name)s: \(times)"
    }
  }

  /// - Parameter times: sorted by their beginning.
  /// - Returns: shapes of at least two pixels.
  private static func merged(_ times: [(Int64, Int64)], _ x: Scale) -> [Merged] {
    var result: [Merged] = []
    for (from, until) in times {
      let start = x(Double(from))
      let width = max(2, x(Double(until)) - start)
      if var last = result.last, start < last.start + last.width + 0.5 {
        last.width = max(last.width, start + width - last.start)
        last.until = max(last.until, until)
        last.count += 1
        result[result.count - 1] = last
      } else {
        result.append(Merged(start: start, width: width, from: from, until: until))
      }
    }
    return result
  }
}
