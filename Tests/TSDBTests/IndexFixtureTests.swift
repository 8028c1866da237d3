import Fixtures
import OrderedJSON
import Platform
import TSDB
import Testing

@Suite("Indexes that Prometheus and Thanos wrote")
struct IndexFixtureTests {
  /// A folder of fixtures with its block, and what `promtool tsdb analyze --extended` prints of it.
  static let analyzed = Fixtures.blocks.filter { !$0.hasPrefix("downsampled") }

  static func index(_ block: String) throws -> Index {
    try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
  }

  @Test("series, labels and chunks are as many as meta.json says", arguments: Fixtures.blocks)
  func statistics(block: String) throws {
    let meta = try JSONValue(parsing: Fixtures.bytes("\(block)/meta.json")).object
    let content = try IndexContent(reading: Self.index(block), checkingChecksums: true)
    #expect(Int64(content.series) == meta?["stats"]?.object?["numSeries"]?.int64)
    #expect(Int64(content.chunks) == meta?["stats"]?.object?["numChunks"]?.int64)
    #expect(content.labels == content.pairEntries)
  }

  @Test("chunks lie within the block's time range and its only segment", arguments: Fixtures.blocks)
  func chunks(block: String) throws {
    let meta = try JSONValue(parsing: Fixtures.bytes("\(block)/meta.json")).object
    let minTime = try #require(meta?["minTime"]?.int64)
    let maxTime = try #require(meta?["maxTime"]?.int64)
    let segment = try Fixtures.bytes("\(block)/chunks/000001").count
    var references: [UInt64] = []
    try Self.index(block).forEachSeries { entry in
      for chunk in entry.chunks {
        #expect(minTime <= chunk.minTime && chunk.minTime <= chunk.maxTime && chunk.maxTime < maxTime)
        #expect((8..<UInt64(segment)).contains(chunk.reference))
      }
      references += entry.chunks.map(\.reference)
    }
    #expect(references == references.sorted())
    #expect(Set(references).count == references.count)
  }

  @Test("totals are those that promtool prints", arguments: analyzed)
  func totals(block: String) throws {
    let golden = try Golden(block)
    let content = try IndexContent(reading: Self.index(block), checkingChecksums: true)
    #expect(content.series == golden.total("Total Series"))
    #expect(content.names.count == golden.total("Label names"))
    #expect(content.pairs == golden.total("Postings (unique label pairs)"))
    #expect(content.pairEntries == golden.total("Postings entries (total label pairs)"))
  }

  @Test("label names, values and postings are those that promtool prints", arguments: analyzed)
  func labels(block: String) throws {
    let golden = try Golden(block)
    let index = try Self.index(block)
    let table = try index.postingsTable()
    for (count, name) in golden.rows("Highest cardinality labels") {
      #expect(try table.labelValues(of: name.rawBytes).count == count)
    }
    for (bytes, name) in golden.rows("Label names with highest cumulative label value length") {
      #expect(try table.labelValues(of: name.rawBytes).reduce(0) { $0 + $1.count } == bytes)
    }
    let pairs = golden.rows("Most common label pairs")
    #expect(!pairs.isEmpty)
    for (count, pair) in pairs {
      let equals = try #require(pair.firstIndex(of: UInt8(ascii: "=")))
      let name = [UInt8](pair[..<equals])
      let value = [UInt8](pair[(equals + 1)...])
      let found = try index.postings(name: name.rawBytes, value: value.rawBytes, in: table)?.count
      #expect(found == count)
    }
  }

  @Test("a postings list names the series that carry its label, and no others", arguments: Fixtures.blocks)
  func postings(block: String) throws {
    let index = try Self.index(block)
    let symbols = try index.symbols()
    var expected: [Label: [UInt64]] = [:]
    try index.forEachSeries { entry in
      expected[Label(), default: []].append(entry.reference)
      for label in entry.labels {
        let label = Label(
          name: [UInt8](try symbols.bytes(of: label.name)), value: [UInt8](try symbols.bytes(of: label.value)))
        expected[label, default: []].append(entry.reference)
      }
    }
    var found: [Label: [UInt64]] = [:]
    try index.forEachPostings(in: index.postingsTable()) { row, list in
      var references: [UInt64] = []
      list.forEach { references.append(UInt64($0)) }
      found[Label(name: [UInt8](row.name), value: [UInt8](row.value))] = references
    }
    #expect(found == expected)
  }

  @Test("a series read by its reference is the one met on the way through all", arguments: Fixtures.blocks)
  func lookUp(block: String) throws {
    let index = try Self.index(block)
    var other = SeriesEntry()
    try index.forEachSeries { entry in
      try index.series(at: entry.reference, into: &other)
      #expect(other.labels == entry.labels)
      #expect(other.chunks == entry.chunks)
      #expect(other.offset == entry.offset && other.byteCount == entry.byteCount)
    }
  }

  @Test("the largest series is as large as Thanos has noted in meta.json")
  func largestSeries() throws {
    for block in Fixtures.blocks where block.hasPrefix("downsampled") {
      let meta = try JSONValue(parsing: Fixtures.bytes("\(block)/meta.json")).object
      let noted = meta?["thanos"]?.object?["index_stats"]?.object?["series_max_size"]?.int64
      guard let noted else { continue }
      // Thanos measures from one series to the next, hence with padding.
      var starts: [UInt64] = []
      try Self.index(block).forEachSeries { starts.append($0.offset) }
      #expect(zip(starts, starts.dropFirst()).map { Int64($1 - $0) }.max() == noted)
    }
  }

  @Test("sections lie side by side from the first byte to the last", arguments: Fixtures.blocks)
  func sections(block: String) throws {
    let index = try Self.index(block)
    let ranges = TableOfContents.Section.allCases.map(index.tableOfContents.range(of:))
    #expect(ranges.first?.lowerBound == 0)
    #expect(ranges.last?.upperBound == index.byteCount)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }
}

struct Label: Hashable {
  var name: [UInt8] = []
  var value: [UInt8] = []
}

/// What `promtool tsdb analyze --extended` printed of a block.
private struct Golden {
  let lines: [Substring]

  init(_ block: String) throws {
    let folder = block[..<(block.firstIndex(of: "/") ?? block.endIndex)]
    let text = try Fixtures.bytes("golden/\(folder).promtool-3.12-analyze-extended.txt")
    lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  func total(_ title: String) -> Int? {
    lines.first { $0.hasPrefix("\(title): ") }.flatMap { Int($0.dropFirst(title.count + 2)) }
  }

  /// The rows below a heading: a number, and a label name or pair.
  func rows(_ heading: String) -> [(Int, [UInt8])] {
    lines.drop { $0 != "\(heading):" }.dropFirst().prefix { !$0.isEmpty }.compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let count = Int(parts[0]) else { return nil }
      return (count, [UInt8](parts[1].utf8))
    }
  }
}
