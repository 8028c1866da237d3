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
      range: range, metricName: try symbols.reference(of: Array("__name__".utf8).rawBytes), index)
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

  /// What metrics and labels cost, measured in another way: by the distances between entries and lists, and by who has
  /// each string.
  private struct Measured {
    var metricEntries: [String: UInt64] = [:]
    var metricPostings: [String: UInt64] = [:]
    var labelPostings: [String: UInt64] = [:]
    var metricsOfSymbol: [[UInt8]: Set<String>] = [:]
    var labelsOfSymbol: [[UInt8]: Set<String>] = [:]
    var symbolSizes: [[UInt8]: UInt64] = [:]
    /// Of the first series and of the last byte of the section.
    var firstSeries: UInt64 = 0
    /// Frames of lists.
    var lists: UInt64 = 0

    init(_ index: Index) throws {
      let symbols = try index.symbols()
      try symbols.forEach { _, symbol in
        symbolSizes[[UInt8](symbol)] = UInt64(symbol.byteCount) + (symbol.byteCount < 128 ? 1 : 2)
      }
      var starts: [(offset: UInt64, metric: String)] = []
      try index.forEachSeries { entry in
        let labels = try entry.labels.map { (try symbols.text(of: $0.name), try symbols.text(of: $0.value)) }
        let metric = labels.first { $0.0 == "__name__" }?.1 ?? ""
        starts.append((entry.offset, metric))
        metricPostings[metric, default: 0] += 4 * UInt64(labels.count + 1)
        for (name, value) in labels {
          metricsOfSymbol[Array(value.utf8), default: []].insert(metric)
          labelsOfSymbol[Array(value.utf8), default: []].insert(name)
          labelsOfSymbol[Array(name.utf8), default: []].insert(name)
          // A name is nobody's alone: any metric may have the label.
          metricsOfSymbol[Array(name.utf8), default: []].formUnion(["\u{0}", "\u{1}"])
        }
      }
      firstSeries = starts.first?.offset ?? 0
      let end = UInt64(index.tableOfContents.range(of: .series).upperBound)
      for (start, next) in zip(starts, starts.dropFirst().map(\.offset) + [end]) {
        metricEntries[start.metric, default: 0] += next - start.offset
      }
      try index.forEachPostings(in: index.postingsTable()) { row, list in
        func size(_ value: Int) -> UInt64 { value < 128 ? 1 : value < 16_384 ? 2 : 3 }
        let strings = [row.name.byteCount, row.value.byteCount]
        let bytes = strings.reduce(1) { $0 + UInt64($1) + size($1) } + size(Int(row.offset)) + 12 + 4 * UInt64(list.count)
        lists += 12
        labelPostings[String(showing: row.name), default: 0] += bytes
      }
    }

    func symbols(_ owners: [[UInt8]: Set<String>], _ owner: String) -> UInt64 {
      symbolSizes.reduce(0) { owners[$1.key] == [owner] ? $0 + $1.value : $0 }
    }
  }

  @Test("what metrics and labels cost is exact, and with what nothing has alone it is the sections", arguments: Fixtures.blocks)
  func costs(_ block: String) throws {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let measured = try Measured(index)
    let analysis = try Self.analysis(of: block)
    let section = { (section: TableOfContents.Section) in index.tableOfContents.range(of: section) }
    for metric in analysis.metrics {
      #expect(metric.cost.series == measured.metricEntries[metric.name], "\(metric.name)")
      #expect(metric.cost.postings == measured.metricPostings[metric.name], "\(metric.name)")
      #expect(metric.cost.symbols == measured.symbols(measured.metricsOfSymbol, metric.name), "\(metric.name)")
    }
    #expect(Set(analysis.metrics.map(\.name)) == Set(measured.metricEntries.keys))
    for label in analysis.labels {
      #expect(label.cost.postings == measured.labelPostings[label.name], "\(label.name)")
      #expect(label.cost.symbols == measured.symbols(measured.labelsOfSymbol, label.name), "\(label.name)")
    }
    #expect(Set(analysis.labels.map(\.name) + [""]) == Set(measured.labelPostings.keys))

    let (beside, besideLabels) = (analysis.sharedByMetrics, analysis.sharedByLabels)
    // Zeros before the first series.
    #expect(beside.series == measured.firstSeries - UInt64(section(.series).lowerBound))
    // Heads of lists, and the table.
    let padding = UInt64(section(.postings).count) - measured.lists
      - measured.metricPostings.values.reduce(0, +)
    #expect(padding < 4 && beside.postings == measured.lists + padding + UInt64(section(.postingsTable).count))
    // The list of all series, and the table's head and checksum.
    #expect(besideLabels.postings == (measured.labelPostings[""] ?? 0) + 12 + padding)
    for (rest, owners) in [(beside, measured.metricsOfSymbol), (besideLabels, measured.labelsOfSymbol)] {
      let shared = measured.symbolSizes.reduce(12) { owners[$1.key]?.count == 1 ? $0 : $0 + $1.value }
      #expect(rest.symbols == shared)
    }
    let all = analysis.labels.reduce(besideLabels.total) { $0 + $1.cost.total }
    #expect(all == analysis.metrics.reduce(beside.total) { $0 + $1.cost.total })
    let sections: [TableOfContents.Section] = [.symbols, .series, .postings, .postingsTable]
    #expect(all == sections.reduce(0) { $0 + UInt64(section($1).count) })
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
