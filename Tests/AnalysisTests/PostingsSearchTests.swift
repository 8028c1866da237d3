import BlockBytes
import Console
import Fixtures
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

@Suite("Series by postings lists")
struct PostingsSearchTests {
  private static let mixed = "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA"
  private static let first = "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ"

  /// The labels of every series as text, in the order of the index, by reference.
  private static func series(_ index: Index) throws -> [(reference: UInt32, labels: [String: String])] {
    let symbols = try index.symbols()
    var all: [(UInt32, [String: String])] = []
    try index.forEachSeries { entry in
      var labels: [String: String] = [:]
      for label in entry.labels { labels[try symbols.text(of: label.name)] = try symbols.text(of: label.value) }
      all.append((UInt32(entry.reference), labels))
    }
    return all
  }

  /// - Parameter finds: whether lists are to answer; else all series are gone through.
  @Test(
    "what a selector leaves is what a look at every series leaves, in the folder and in a bucket",
    arguments: [
      (mixed, "go_info_3", true), (mixed, #"{job="job-2"}"#, true), (mixed, #"{job=~"job-1|job-2",code="200"}"#, true),
      (mixed, #"{__name__=~"go_.*"}"#, true), (mixed, #"{__name__=~"go_.*",job=""}"#, true), (mixed, #"{job!=""}"#, true),
      (mixed, #"{job=~".+", code!="200"}"#, true), (mixed, #"{nothing=""}"#, false), (mixed, #"{nothing="x"}"#, true),
      (mixed, #"{job="job-2",nothing=""}"#, true), (mixed, #"{job!="job-2"}"#, false), (mixed, #"{job=~"job-2|"}"#, false),
      (mixed, #"{job="job-2",instance=~".*1:9090"}"#, true), (mixed, #"{job="job-2",job="job-1"}"#, true),
      (first, #"{bar="7"}"#, true), (first, #"{foo="bar"}"#, true), (first, #"{bar=""}"#, false),
      (first, #"{bar=~"1.",foo=""}"#, true), (first, #"{bar=~"1|22|93|no"}"#, true),
    ])
  func selectors(_ block: String, _ text: String, _ finds: Bool) async throws {
    let path = "\(Fixtures.root)/\(block)"
    let selector = try LabelSelector(parsingSeries: text)
    let index = try Index(FileBytes(mapping: "\(path)/index"))
    let expected = try Self.series(index).filter { _, labels in
      selector.matchers.allSatisfy { $0.matches(value: labels[$0.name] ?? "") }
    }
    let local = try InspectedBlock(at: path)
    let named = try await local.seriesNamed(by: selector, index, try index.postingsTable())
    #expect((named != nil) == finds)
    if let named {
      #expect(Set(expected.map(\.reference)).isSubset(of: named))
      #expect(named == named.sorted() && Set(named).count == named.count)
    }
    let (far, data) = try MeteredData.of(path)
    let choice = SeriesChoice(matching: selector)
    let rows = [try await Self.rows(local, choice), try await Self.rows(far, choice)]
    #expect(rows[0] == rows[1] && rows[0].count == expected.count)
    let analyses = [
      try await IndexAnalysis(of: local, matching: selector), try await IndexAnalysis(of: far, matching: selector),
    ]
    #expect(analyses.map(\.series) == [UInt64(expected.count), UInt64(expected.count)])
    #expect(analyses[0].labels == analyses[1].labels && analyses[0].churningPairs == analyses[1].churningPairs)
    // Of a bucket no more is asked for than there is.
    for request in data.requests { #expect(!request.range.isEmpty) }
  }

  private static func rows(_ block: InspectedBlock, _ choice: SeriesChoice) async throws -> [[Cell]] {
    var listing = try await SeriesListing(of: block, choice)
    var rows: [[Cell]] = []
    while let next = try await listing.next() { rows += next }
    return rows
  }

  /// 150 metrics with 1 000 series each.
  private static func largeIndex(in folder: String) throws -> String {
    let path = "\(folder)/01HF5EN80000000000000000K9"
    try Directory.create("\(path)/chunks")
    try IndexInput.write(to: "\(path)/index", series: 150_000) { number in
      [IndexInput.Chunk(times: 1_700_006_400_000...1_700_010_000_000, reference: UInt64(8 + 40 * number))]
    }
    try AtomicFile.write(SegmentInput.head, to: "\(path)/chunks/000001")
    let meta = """
      {"ulid": "01HF5EN80000000000000000K9", "minTime": 1700006400000, "maxTime": 1700013600000, "version": 1}
      """
    try AtomicFile.write(Array(meta.utf8), to: "\(path)/meta.json")
    return path
  }

  @Test("one metric of a large index in a bucket costs some requests for its own entries, and no others")
  func bytes() async throws {
    let folder = try TemporaryFolder()
    let (block, data) = try MeteredData.of(try Self.largeIndex(in: folder.path))
    let contents = try Index(FileBytes(mapping: block.index.name)).tableOfContents
    for (text, series, limit) in [
      ("metric_0077_total", 1_000, 120_000), (#"metric_0077_total{job="job-03"}"#, 50, 120_000),
      (#"{__name__=~"metric_0001_total|metric_0140_total"}"#, 2_000, 240_000), (#"{pod="service-01-077"}"#, 150, 13_000_000),
      (#"metric_0077_total{pod="nothing"}"#, 0, 0),
    ] {
      let before = data.requests.count
      let analysis = try await IndexAnalysis(of: block, matching: try LabelSelector(parsingSeries: text))
      #expect(analysis.series == UInt64(series), "\(text)")
      let asked = data.requests[before...]
      #expect(asked.allSatisfy { $0.path == "index" } && asked.count <= 14, "\(text): \(asked.count)")
      func bytes(_ section: TableOfContents.Section) -> Int {
        let range = contents.range(of: section)
        return asked.reduce(0) { $0 + $1.range.clamped(to: UInt64(range.lowerBound)..<UInt64(range.upperBound)).count }
      }
      #expect(bytes(.series) <= limit, "\(text): \(bytes(.series))")
      #expect(bytes(.postings) <= 80_000, "\(text): \(bytes(.postings))")
      #expect(bytes(.symbols) <= contents.range(of: .symbols).count + 8)
    }
  }

  @Test("of segments only the chunks of the series that are shown are asked for")
  func chunks() async throws {
    let path = "\(Fixtures.root)/\(Self.mixed)"
    for (text, limit) in [("go_info_3", nil), ("{job=\"job-2\"}", 1), ("{job=~\".*\"}", 2), ("{job=\"no\"}", nil)] as [(String, Int?)] {
      let (block, data) = try MeteredData.of(path)
      let choice = SeriesChoice(matching: try LabelSelector(parsingSeries: text))
      var listing = try await SeriesListing(of: block, choice, limit: limit)
      var bytes: UInt64 = 0
      while let rows = try await listing.next() {
        for row in rows { if case .bytes(let size) = row[5] { bytes += size } }
      }
      let asked = data.requests.filter { $0.path != "index" }.reduce(0) { $0 + $1.range.count }
      // What is asked for before a chunk's length is known.
      #expect(asked >= Int(bytes) && asked <= Int(bytes) + 2_048, "\(text): \(asked) for \(bytes)")
    }
    let (block, data) = try MeteredData.of(path)
    _ = try await BlockDiff(from: block, to: block)
    _ = try await IndexAnalysis(of: block)
    #expect(data.requests.allSatisfy { $0.path == "index" })
  }

  @Test("a list that is damaged, and one that names what is no series, are errors")
  func damage() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/block"
    try shell("cp -r \(Fixtures.root)/\(Self.mixed) \(path) && chmod -R u+w \(path)")
    var rewritten = try RewrittenIndex("\(path)/index")
    let list = rewritten.list("job", "job-2")
    rewritten.changeOffsets = { $0[list] &+= 4 }
    try AtomicFile.write(rewritten.bytes, to: "\(path)/index")
    await #expect(throws: TSDBError.self) {
      _ = try await IndexAnalysis(
        of: try MeteredData.of(path).block, matching: try LabelSelector(parsingSeries: #"{job="job-2"}"#))
    }
    rewritten.changeOffsets = { _ in }
    // A reference to no series.
    rewritten.lists[list].series[0] = -1
    try AtomicFile.write(rewritten.bytes, to: "\(path)/index")
    await #expect(throws: TSDBError.self) {
      _ = try await IndexAnalysis(
        of: try MeteredData.of(path).block, matching: try LabelSelector(parsingSeries: #"{job="job-2"}"#))
    }
  }
}
