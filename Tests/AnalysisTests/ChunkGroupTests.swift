import Console
import Fixtures
import Platform
import TSDB
import Testing
import Thanos

@testable import Analysis

/// Where there are more groups than can be held.
@Suite("Groups of series")
struct ChunkGroupTests {
  private static let raw = ChunkAnalysisTests.raw
  /// Together they tell all series apart.
  private static let labels = ["__name__", "instance", "job", "le", "mode", "path", "code", "quantile"]

  private static func rows(_ groups: some Sequence<SeriesGroup>) -> [[String?]: [UInt64]] {
    Dictionary(
      groups.map { ($0.values, [$0.series, $0.chunks, $0.samples, $0.bytes, $0.entryBytes]) }, uniquingKeysWith: { _, last in last })
  }

  /// Compares an analysis that tells some groups apart with one that tells all.
  private static func compare(_ some: ChunkAnalysis, _ all: ChunkAnalysis, _ note: String) throws {
    let others = try #require(some.groups.others, "\(note)")
    let (told, known) = (rows(some.groups), rows(all.groups))
    #expect(told.count == some.groups.count && told.allSatisfy { known[$0] == $1 }, "\(note)")
    let left = known.filter { told[$0.key] == nil }.values
    #expect(left.reduce(0) { $0 + $1[0] } == others.series && left.reduce(0) { $0 + $1[1] } == others.chunks, "\(note)")
    #expect(left.reduce(0) { $0 + $1[2] } == others.samples && left.reduce(0) { $0 + $1[3] } == others.bytes, "\(note)")
    #expect(left.reduce(0) { $0 + $1[4] } == others.entryBytes, "\(note)")
    #expect(left.allSatisfy { $0[3] <= others.bound }, "\(note)")
    #expect(some.series == all.series && some.chunks == all.chunks, "\(note)")
    #expect(some.samples == all.samples && some.bytes == all.bytes && some.interval == all.interval, "\(note)")
    #expect(some.encodings.map { "\($0)" } == all.encodings.map { "\($0)" }, "\(note)")
  }

  @Test("those with the most bytes are told apart, and the others add up", arguments: [1, 2, 5, 13, 40], [3, 8, 21])
  func folded(_ limit: Int, _ classBits: Int) async throws {
    var question = ChunkQuestion(by: Self.labels)
    let all = try await ChunkAnalysisTests.analysis(Self.raw, question)
    try #require(all.groups.count > 40 && all.groups.others == nil)
    (question.groupLimit, question.classBits) = (limit, classBits)
    let some = try await ChunkAnalysisTests.analysis(Self.raw, question)
    #expect(some.groups.count <= limit)
    try Self.compare(some, all, "\(limit) of \(all.groups.count)")
    // Where classes have one group each, half of what is held is there.
    if classBits == 21 { #expect(some.groups.count >= limit / 2) }
  }

  @Test("the same of an index in another order, of a selector, from the index alone and of a bucket")
  func ways() async throws {
    let data = try DataFolder([Self.raw])
    let path = "\(data.path)/01M81B088QDAD3JHFN4993ETCA"
    var index = try RewrittenIndex("\(path)/index")
    index.series.reverse()
    index.relist()
    try data.write(index.bytes, to: "01M81B088QDAD3JHFN4993ETCA/index")
    for (path, selector, readsIndexOnly) in [
      (path, nil, false), (Self.raw, "{job!=\"\"}", false), (Self.raw, nil, true), (path, "{__name__=~\".*o.*\"}", true),
    ] {
      var question = ChunkQuestion(
        by: Self.labels, matching: try selector.map { try LabelSelector(parsingSeries: $0) }, readsIndexOnly: readsIndexOnly)
      let all = try await ChunkAnalysisTests.analysis(path, question)
      question.groupLimit = 12
      let some = try await ChunkAnalysisTests.analysis(path, question)
      try Self.compare(some, all, "\(path) \(selector ?? "") \(readsIndexOnly)")
      let bucket = try MeasuredData.block(path)
      let there = try await ChunkAnalysis(of: bucket.block, question)
      #expect(Self.rows(there.groups) == Self.rows(some.groups) && there.groups.others?.bytes == some.groups.others?.bytes)
    }
  }

  /// 10 000 groups of one series with one chunk each, some of which have many more bytes than most.
  private static let manyGroups = Task {
    var random = SeededRandom(seed: 3)
    return try SeriesBlock(
      (0..<10_000).map { number in
        var chunk = XORChunk()
        for sample in 0..<(number.isMultiple(of: 997) ? 500 : Int64.random(in: 1...20, using: &random)) {
          chunk.append(1_700_000_000_000 + sample * 15_000, Double.random(in: 0..<1, using: &random))
        }
        let digits = String(100_000 + number)
        return SeriesBlock.Series([("__name__", "up"), ("id", digits), ("pod", "pod-\(digits)")], [chunk])
      })
  }

  @Test("the few that have most of the bytes are found among ten thousand")
  func heavy() async throws {
    let block = try await Self.manyGroups.value
    var question = ChunkQuestion(by: ["id", "pod"])
    let all = try await ChunkAnalysisTests.analysis(block.path, question)
    try #require(all.groups.count == 10_000)
    (question.groupLimit, question.classBits) = (100, 14)
    let some = try await ChunkAnalysisTests.analysis(block.path, question)
    try Self.compare(some, all, "many")
    #expect(some.groups.prefix(11).map(\.values) == all.groups.prefix(11).map(\.values))
    let bound = try #require(some.groups.others?.bound)
    #expect(all.groups[10].bytes > bound)
  }

  @Test("rows come in any order that is asked for, as if all had been sorted", arguments: ["id", "samples"])
  func order(_ column: String) async throws {
    let block = try await Self.manyGroups.value
    let opened = try ChunkAnalysisTests.block(block.path)
    let analysis = try await ChunkAnalysis(of: opened, ChunkQuestion(by: ["id"]))
    for isDescending in [false, true] {
      func order(_ table: Table) throws -> Table {
        try table.sorted(by: [Table.Order(column, isDescending: isDescending)])
      }
      let whole = try order(analysis.document(of: opened.description, limit: nil).groups)
      #expect(whole.rows.count == 10_000)
      for limit in [7, 5000] {
        let document = try analysis.document(of: opened.description, limit: limit, order: order)
        #expect(document.groups.rows == whole.limited(to: limit).rows, "\(column) \(limit)")
      }
    }
    #expect(throws: UnknownColumn.self) {
      try analysis.document(of: opened.description, limit: 1) { try $0.sorted(by: [Table.Order("nothing")]) }
    }
  }

  @Test("what was put together stands in a section of its own")
  func section() async throws {
    let opened = try ChunkAnalysisTests.block(Self.raw)
    var question = ChunkQuestion(by: Self.labels)
    let all = try await ChunkAnalysis(of: opened, question).document(of: opened.description, limit: 20)
    #expect(!all.sections.contains { $0.key == "other_groups" })
    question.groupLimit = 10
    let analysis = try await ChunkAnalysis(of: opened, question)
    let document = analysis.document(of: opened.description, limit: 20)
    let others = try #require(document.sections.first { $0.key == "other_groups" })
    let bytes = try #require(analysis.groups.others).bytes
    #expect(others.isRecord && others.table.rows[0].contains(.bytes(bytes)))
  }
}

extension Document {
  fileprivate var groups: Table { sections.first { $0.key == "groups" }?.table ?? Table([]) }
}
