import Fixtures
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

@Suite("Analysis of an index")
struct IndexAnalysisTests {
  struct Golden: Sendable {
    let block: String
    let file: String
  }

  static func analysis(of block: String, limit: Int = 20, selector: LabelSelector? = nil) throws -> IndexAnalysis {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let path = "\(Fixtures.root)/\(block)"
    let ulid = try #require(ULID(path.suffix(26)))
    let meta = try BlockFolder(ulid: ulid, path: path).readMeta()
    let symbols = try index.symbols()
    let range = UInt64(meta.maxTime - meta.minTime)
    var totals = IndexTotals(
      range: range, metricName: try symbols.reference(of: Array("__name__".utf8).rawBytes),
      isVersion1: index.version == 1)
    var matcher = try selector.map { try SeriesMatcher($0, symbols) }
    try index.forEachSeries { entry in
      if try matcher?.matches(entry) ?? true { totals.add(entry) }
    }
    totals.finish()
    let strings = try IndexStrings(symbols, try index.postingsTable())
    return try IndexAnalysis(index, symbols, totals, strings, range: range, limit: limit)
  }

  /// promtool leaves the order of equal ones to chance, and which of them the list ends with.
  private func expect(_ ours: [(UInt64, String)], _ theirs: [PromtoolAnalysis.Item]?, _ what: String) throws {
    let theirs = try #require(theirs, "\(what)")
    let top = ours.sorted { $0.0 > $1.0 }.prefix(theirs.count)
    #expect(top.map(\.0) == theirs.map(\.value), "\(what)")
    let last = theirs.last?.value ?? 0
    let all = Set(ours.map { PromtoolAnalysis.Item(value: $0.0, text: $0.1) })
    #expect(Set(theirs).isSubset(of: all), "\(what)")
    #expect(
      Set(theirs.filter { $0.value > last }) == all.filter { $0.value > last }, "\(what)")
  }

  @Test(
    "every number is promtool's",
    arguments: [
      Golden(
        block: "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA",
        file: "raw-float-and-histogram.promtool-3.12-analyze-extended.txt"),
      Golden(block: "xor2-float/01M81B089WZ6FKNMSDPKBMGYCV", file: "xor2-float.promtool-3.12-analyze-extended.txt"),
      Golden(block: "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ", file: "index-v1.promtool-3.12-analyze-extended.txt"),
    ])
  func golden(_ golden: Golden) throws {
    let promtool = try PromtoolAnalysis(golden: golden.file)
    let analysis = try Self.analysis(of: golden.block, limit: 10_000)
    #expect("\(analysis.series)" == promtool.figures["Total Series"])
    #expect("\(analysis.labels.count)" == promtool.figures["Label names"])
    #expect("\(analysis.pairs)" == promtool.figures["Postings (unique label pairs)"])
    #expect("\(analysis.pairEntries)" == promtool.figures["Postings entries (total label pairs)"])
    func items(_ items: [IndexAnalysis.Item]) -> [(UInt64, String)] { items.map { ($0.value, $0.text) } }
    try expect(items(analysis.churningPairs), promtool.lists["Label pairs most involved in churning"], "pairs")
    try expect(items(analysis.commonPairs), promtool.lists["Most common label pairs"], "common")
    try expect(
      analysis.labels.map { ($0.churn, $0.name) }, promtool.lists["Label names most involved in churning"], "names")
    try expect(
      analysis.labels.map { ($0.valueLength, $0.name) },
      promtool.lists["Label names with highest cumulative label value length"], "lengths")
    try expect(
      analysis.labels.map { ($0.values, $0.name) }, promtool.lists["Highest cardinality labels"], "cardinality")
    try expect(
      analysis.metrics.filter { !$0.name.isEmpty }.map { ($0.series, $0.name) }, promtool.lists["Highest cardinality metric names"], "metrics")
  }

  @Test("the bytes of metrics are those of the sections")
  func costs() throws {
    let analysis = try Self.analysis(of: "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA")
    let sections = Dictionary(uniqueKeysWithValues: analysis.sections.map { ($0.name, $0.bytes) })
    // Up to 15 zeros stand before the first series.
    let entries = analysis.metrics.reduce(0) { $0 + $1.cost.series }
    #expect(entries <= sections["series"]! && entries + 16 > sections["series"]!)
    // Length, number and checksum of each list; the list of all series is no label's.
    let lists = analysis.metrics.reduce(0) { $0 + $1.cost.postings } + 12 * UInt64(analysis.pairs + 1)
    #expect(lists == sections["postings"]! - sections["postings"]! % 4)
    let labels = analysis.labels.reduce(0) { $0 + $1.cost.postings }
    let rowOfAll: UInt64 = 1 + 1 + 1 + 2
    #expect(labels + rowOfAll + 12 + 12 + 4 * analysis.series <= sections["postings"]! + sections["postings offset table"]!)
    #expect(labels + rowOfAll + 12 + 12 + 4 * analysis.series + 4 > sections["postings"]! + sections["postings offset table"]!)
    // Every string is some label's; the table has a length, a number and a checksum besides, and the empty string.
    let strings = analysis.labels.reduce(0) { $0 + $1.cost.symbols }
    #expect(strings + 12 <= sections["symbols"]!)
  }

  @Test(
    "a selector leaves the series that match",
    arguments: [
      (#"go_info_3"#, 1), (#"{__name__=~"go_.*"}"#, 0), (#"{job="job-2"}"#, 0), (#"{job!="job-2"}"#, 0), ("{nothing=\"\"}", 120),
    ])
  func selection(_ selector: String, _ expected: Int) throws {
    let block = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"
    let parsed = try LabelSelector(parsingSeries: selector)
    let analysis = try Self.analysis(of: block, selector: parsed)
    // Counted by hand: labels as text, against the selector as it stands.
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let symbols = try index.symbols()
    var count = 0
    try index.forEachSeries { entry in
      var labels: [String: String] = [:]
      for label in entry.labels { labels[try symbols.text(of: label.name)] = try symbols.text(of: label.value) }
      if parsed.matchers.allSatisfy({ $0.matches(value: labels[$0.name] ?? "") }) { count += 1 }
    }
    #expect(analysis.series == UInt64(count) && count > 0)
    if expected > 0 { #expect(count == expected) }
  }
}
