import OrderedJSON
import Quantities
import TSDB
import Testing
import Thanos

@Suite("selection of blocks")
struct BlockSelectionTests {
  static let ulid = "01M81B088QDAD3JHFN4993ETCA"

  static func meta(_ range: Range<Int64>) throws -> BlockMeta {
    try BlockMeta(
      ["ulid": .string(ulid), "minTime": .integer(range.lowerBound), "maxTime": .integer(range.upperBound)],
      file: "test")
  }

  struct Case: Sendable {
    let minTime: Int64?
    let maxTime: Int64?
    let isIn: Bool
  }

  @Test("a block is in the range that it has any time in; its end does not belong to it", arguments: [
    Case(minTime: nil, maxTime: nil, isIn: true), Case(minTime: 100, maxTime: 199, isIn: true),
    Case(minTime: 199, maxTime: nil, isIn: true), Case(minTime: 200, maxTime: nil, isIn: false),
    Case(minTime: nil, maxTime: 100, isIn: true), Case(minTime: nil, maxTime: 99, isIn: false),
    Case(minTime: 150, maxTime: 160, isIn: true),
  ])
  func times(row: Case) throws {
    let selection = BlockSelection(minTime: row.minTime, maxTime: row.maxTime)
    let exclusion = selection.exclusion(of: try Self.meta(100..<200), labels: .none)
    if row.isIn {
      #expect(exclusion == nil)
    } else {
      guard case .outsideTimeRange? = exclusion else { Issue.record("\(String(describing: exclusion))"); return }
    }
  }

  @Test("names and labels select")
  func names() throws {
    let (meta, labels) = (try Self.meta(0..<1), try ExternalLabels(parsing: ["a=1"]))
    let (own, other) = (try #require(ULID(Self.ulid)), try #require(ULID("01M81B089WZ6FKNMSDPKBMGYCV")))
    #expect(BlockSelection(ids: [own, other]).exclusion(of: meta, labels: labels) == nil)
    #expect(BlockSelection(ids: [other]).exclusion(of: own) == .notSelected("not among the blocks given with --id"))
    #expect(BlockSelection(selector: try LabelSelector(parsing: ["a=1"])).exclusion(of: meta, labels: labels) == nil)
    let refused = BlockSelection(selector: try LabelSelector(parsing: ["a=2"])).exclusion(of: meta, labels: labels)
    #expect(refused == .notSelected(#"its labels {a="1"} do not match {a="2"}"#))
  }

  @Test("time bounds are times or distances from now", arguments: [
    ("2023-11-07T00:00:00Z", 1_699_315_200_000), ("-30d", 1_700_000_000_000 - 30 * 86_400_000),
    ("2h45m", 1_700_009_900_000),
    ("+1s", 1_700_000_001_000), ("-1w", 1_700_000_000_000 - 7 * 86_400_000), ("", nil), ("-", nil), ("yesterday", nil),
    ("2023-11-07", nil), ("--1d", nil), ("1700000000", nil),
  ] as [(String, Int64?)])
  func bounds(text: String, expected: Int64?) {
    #expect(TimeBound.parse(text, now: 1_700_000_000_000) == expected)
  }

  struct WindowCase: Sendable {
    let hours: Range<Int64>
    var resolution = Resolution.raw
    /// Words of the limitation, `nil` for none.
    let expected: [String]?
  }

  // 336 h windows begin at 0, 336, 672 … hours since 1970.
  @Test("blocks that fit no window of Thanos' compactor are told, with the downsampling they miss", arguments: [
    WindowCase(hours: 0..<2, expected: nil), WindowCase(hours: 330..<336, expected: nil),
    WindowCase(hours: 336..<672, expected: nil),
    WindowCase(hours: 324..<342, expected: ["never compact", "5m or 1h"]),
    WindowCase(hours: 324..<378, expected: ["never compact", "downsample it to 1h:"]),
    WindowCase(hours: 324..<486, expected: ["never compact", "downsample it to 1h:"]),
    WindowCase(hours: 0..<486, expected: ["with others: it does not lie"]),
    WindowCase(hours: -2..<0, expected: nil), WindowCase(hours: -2..<2, expected: ["5m or 1h"]),
    WindowCase(hours: 324..<342, resolution: .fiveMinutes, expected: ["downsample it to 1h:"]),
    WindowCase(hours: 324..<342, resolution: .oneHour, expected: ["with others: it does not lie"]),
  ])
  func ranges(row: WindowCase) throws {
    let meta = try Self.meta(row.hours.lowerBound * 3_600_000..<row.hours.upperBound * 3_600_000)
    let words = BlockRanges.limitation(of: meta, resolution: row.resolution)
    #expect((words == nil) == (row.expected == nil))
    for expected in row.expected ?? [] { #expect(words?.contains(expected) == true, "\(words ?? "")") }
  }

  @Test("times at the ends of 64 bits do not trap")
  func extremes() throws {
    let ends: [Int64] = [.min, -1, 0, .max]
    for low in ends {
      for high in ends where low < high {
        _ = BlockRanges.limitation(of: try Self.meta(low..<high), resolution: .raw)
        _ = BlockSelection(minTime: high, maxTime: low).exclusion(of: try Self.meta(low..<high), labels: .none)
      }
    }
    #expect(TimeBound.parse("-1d", now: .min) == nil)
  }
}
