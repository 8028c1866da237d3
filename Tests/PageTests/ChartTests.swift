import Console
import Inspection
import OrderedJSON
import TSDB
import Testing
import Thanos

@testable import Page

@Suite("charts")
struct ChartTests {
  private static func drawn(_ chart: any Chart, _ size: ChartSize = .wide) -> String {
    var markup = Markup()
    chart.draw(size, to: &markup)
    return markup.source
  }

  private static func count(_ text: String, in source: String) -> Int { source.ranges(of: text).count }

  // MARK: Timeline

  static func row(
    _ number: Int, from: Int64, until: Int64, level: Int = 1, resolution: Int64 = 0, labels: String = #""cluster":"a""#,
    bytes: UInt64 = 1000, markers: [Marker.Kind] = [], state: String = BlockRow.ok
  ) throws -> BlockRow {
    let digits = String(number)
    let ulid = "01" + String(repeating: "0", count: 24 - digits.utf8.count) + digits
    let text = """
      {"version":1,"ulid":"\(ulid)","minTime":\(from),"maxTime":\(until),
       "stats":{"numSamples":1000,"numSeries":10,"numChunks":10},"compaction":{"level":\(level),"sources":["\(ulid)"]},
       "thanos":{"labels":{\(labels)},"downsample":{"resolution":\(resolution)},"source":"test"}}
      """
    let meta = try BlockMeta(parsing: Array(text.utf8), file: "meta.json")
    var sizes = BlockSizes()
    sizes.add("index", bytes: bytes / 10)
    sizes.add("chunks/000001", bytes: bytes - bytes / 10)
    let description = try BlockDescription(meta, file: "meta.json")
    return BlockRow(ulid: description.ulid, description: description, sizes: sizes, markers: markers, state: state)
  }

  private static func timeline(_ rows: [BlockRow]) -> TimelineChart {
    TimelineChart(SetTimeline.timelines(of: rows, minimumGap: 300_000))
  }

  @Test("blocks, gaps and overlaps are drawn once each, with what they are")
  func timeline() throws {
    let hour: Int64 = 3_600_000
    let chart = Self.timeline([
      try Self.row(1, from: 0, until: 2 * hour), try Self.row(2, from: 2 * hour, until: 4 * hour, level: 2),
      try Self.row(3, from: 6 * hour, until: 8 * hour, level: 9), try Self.row(4, from: 7 * hour, until: 9 * hour),
    ])
    let source = Self.drawn(chart)
    #expect(Self.count("class=\"level1\"", in: source) == 2)
    #expect(Self.count("class=\"level2\"", in: source) == 1 && Self.count("class=\"level4\"", in: source) == 1)
    #expect(Self.count("class=\"gap\"", in: source) == 1 && Self.count("class=\"overlap\"", in: source) == 1)
    #expect(source.contains("00000000000001: 1970-01-01 00:00 – 1970-01-01 02:00, level 1, 0.98 KiB</title>"))
    #expect(source.contains("<title>gap: 1970-01-01 04:00 – 1970-01-01 06:00</title>"))
    #expect(chart.legend.map(\.text) == ["level 1", "level 2", "level 4 and more", "gap", "overlap"])
    #expect(chart.summary.contains("4 blocks, 1 gaps, 1 overlaps"))
  }

  @Test("ten thousand blocks come to no more shapes than there are pixels")
  func many() throws {
    let rows = try (0..<10_000).map { try Self.row($0, from: Int64($0) * 7_200_000, until: Int64($0 + 1) * 7_200_000) }
    let source = Self.drawn(Self.timeline(rows))
    #expect(Self.count("<rect", in: source) < 20 && source.utf8.count < 5000)
    // All at the same time, and all at another one with holes between.
    let same = try (0..<2000).map { try Self.row($0, from: 0, until: 7_200_000) }
    #expect(Self.count("<rect", in: Self.drawn(Self.timeline(same))) < 20)
    let holes = try (0..<5000).map {
      try Self.row($0, from: Int64($0) * 14_400_000, until: Int64($0) * 14_400_000 + 7_200_000)
    }
    #expect(Self.count("<rect", in: Self.drawn(Self.timeline(holes))) < 1100)
  }

  @Test(
    "times of a broken meta.json are drawn as far as they can be",
    arguments: [
      [(Int64.min, Int64.max)], [(0, 0)], [(Int64.min, Int64.min + 1), (Int64.max - 1, Int64.max)], [(.max, .max)],
    ])
  func broken(times: [(Int64, Int64)]) throws {
    let rows = try times.enumerated().map { try Self.row($0.offset, from: $0.element.0, until: $0.element.1) }
    for size in ChartSize.allCases { #expect(Self.drawn(Self.timeline(rows), size).contains("class=\"level1\"")) }
    _ = SizesByTime(rows).chart.map { Self.drawn($0) }
    #expect(Self.drawn(Self.timeline([])).contains("class=\"level") == false)
  }

  // MARK: Sizes

  @Test("the columns of sizes come to the bytes of the blocks", arguments: ChartSize.allCases)
  func sizes(size: ChartSize) throws {
    let day: Int64 = 86_400_000
    let rows = [
      try Self.row(1, from: 0, until: 14 * day, bytes: 14_000),
      try Self.row(2, from: 14 * day, until: 15 * day, bytes: 1500),
      try Self.row(3, from: 3 * day, until: 5 * day, resolution: 300_000, bytes: 77),
      try Self.row(4, from: 0, until: 100 * day, bytes: 1 << 40, markers: [.deletion]),
    ]
    let chart = try #require(SizesByTime(rows).chart)
    #expect(chart.layers.map(\.name) == ["raw, chunks", "raw, index", "5m"])
    let columns = chart.columns(size)
    #expect(columns.count <= (size == .wide ? 120 : 48))
    #expect(abs(columns.reduce(0) { $0 + $1.sum } - 15_577) < 1e-6)
    #expect(Set(columns.map { $0.until - $0.from }).count == 1)
  }

  @Test("one block, and none, and blocks of no bytes")
  func fewSizes() throws {
    #expect(SizesByTime([]).chart == nil)
    #expect(SizesByTime([try Self.row(1, from: 0, until: 7_200_000, bytes: 0)]).chart == nil)
    let one = try #require(SizesByTime([try Self.row(1, from: 0, until: 7_200_000, bytes: 50)]).chart)
    #expect(abs(one.columns(.wide).reduce(0) { $0 + $1.sum } - 50) < 1e-9)
    #expect(Self.drawn(one).contains("50 B</text>"))
  }

  // MARK: Growth

  private static func growth(_ future: [GrowthChart.Point], past: [GrowthChart.Point] = []) -> String {
    drawn(GrowthChart(layers: [Layers.raw, Layers.oneHour], past: past, future: future))
  }

  @Test("a projection has its bounds; without growth, or with bytes that go to nothing, it is a line all the same")
  func growth() {
    func point(_ time: Double, _ bytes: Double, _ bounds: ClosedRange<Double>? = nil) -> GrowthChart.Point {
      GrowthChart.Point(time: time, parts: [bytes, bytes / 10], bounds: bounds)
    }
    let past = [point(0, 0), point(1e9, 100)]
    let source = Self.growth([point(1e9, 100), point(2e9, 200, 150...260), point(3e9, 300, 200...420)], past: past)
    #expect(Self.count("class=\"band\"", in: source) == 1 && Self.count("class=\"bound\"", in: source) == 2)
    #expect(source.contains("now: 110 B</text>") && source.contains(">330 B</text>"))
    #expect(Self.count("class=\"dot\"", in: source) == 2)
    let falling = Self.growth([point(1e9, 100), point(2e9, 0)], past: past)
    #expect(!falling.contains("class=\"band\"") && falling.contains(">0 B</text>"))
    #expect(Self.growth([point(0, 0)]).contains("now: 0 B"))
    #expect(!Self.growth([]).contains("nan"))
    let endless = Self.growth([point(0, .infinity), point(1, .nan)], past: [point(0, -5)])
    #expect(!endless.contains("nan") && !endless.contains("inf"))
  }

  @Test("what arrives is a point a block in a shape of its set, with a line that never falls below nothing")
  func arrival() {
    func set(_ name: String, _ values: [Double], _ slope: ArrivalChart.Slope?) -> ArrivalChart.Set {
      ArrivalChart.Set(
        name: name,
        points: values.enumerated().map {
          ArrivalChart.Point(time: Double($0) * 86_400_000, bytesPerDay: $1, name: "b")
        },
        level: values.last ?? 0, slope: slope)
    }
    let falling = set("{a=\"1\"}", [100, 50, 10], ArrivalChart.Slope(value: -45, bounds: -60 ... -20))
    let chart = ArrivalChart(
      sets: [falling, set("{}", [7], nil), set("{b}", [], nil)], now: 172_800_000, until: 259_200_000)
    for size in ChartSize.allCases {
      let source = Self.drawn(chart, size)
      #expect(
        Self.count("<circle class=\"point s1\"", in: source) == 3
          && Self.count("<rect class=\"point s2\"", in: source) == 1)
      #expect(Self.count("class=\"trend s", in: source) == 3 && Self.count("class=\"band\"", in: source) == 1)
      #expect(source.contains("b: 100 B a day</title>") && !source.contains("nan"))
    }
    #expect(chart.legend.map(\.shape) == [.circle, .square, .triangle])
  }

  // MARK: Bars

  @Test("bars of equal values are equally long, one of nothing is none, a long name is cut")
  func bars() {
    func chart(_ values: [Double]) -> BarChart {
      BarChart(
        summary: "", layers: [ColumnChart.Layer(name: "bytes", style: "c1")],
        bars: values.map { BarChart.Bar(name: String(repeating: "é<", count: 500), parts: [$0], text: "t") },
        quantity: .bytes)
    }
    let equal = Self.drawn(chart([7, 7]))
    let widths = equal.ranges(of: #/class="c1" x="300" y="[0-9]+" width="[0-9.]+"/#).map {
      equal[$0].split(separator: " ").last
    }
    #expect(widths.count == 2 && widths[0] == widths[1])
    #expect(Self.count("class=\"c1\"", in: Self.drawn(chart([0, 0]))) == 0)
    #expect(equal.contains("é&lt;é") && equal.contains("…</text>"))
    #expect(chart([]).height(.narrow) > 0 && Self.drawn(chart([])) == "")
  }

  @Test("quantiles that are all the same are a line and no error")
  func quantiles() {
    let row = QuantileChart.Row(
      name: "samples a chunk, float", p1: 120, p25: 120, median: 120, p75: 120, p99: 120, text: "t")
    let none = QuantileChart.Row(name: "x", p1: 0, p25: 0, median: 0, p75: 0, p99: 0, text: "0")
    let source = Self.drawn(QuantileChart(rows: [row, none]), .narrow)
    #expect(Self.count("class=\"median\"", in: source) == 2 && !source.contains("nan"))
  }
}
