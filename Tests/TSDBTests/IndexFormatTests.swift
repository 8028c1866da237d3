import Fixtures
import Platform
import Testing

@testable import TSDB

@Suite("Index format")
struct IndexFormatTests {
  static let version1 = "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ"

  @Test("version 1 refers to symbols by offset and finds labels in an unsorted table")
  func version1() throws {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(Self.version1)/index"))
    #expect(index.version == 1)
    let table = try index.postingsTable()
    #expect(!table.isSorted)
    #expect(try table.labelNames().map { String(decoding: $0, as: UTF8.self) } == ["bar", "foo"])
    let values = try table.labelValues(of: Array("bar".utf8).rawBytes)
    #expect(values == (0..<100).map { Array(String($0).utf8) }.sorted { $0.lexicographicallyPrecedes($1) })

    let symbols = try index.symbols()
    #expect(symbols.isSorted)
    var entry = SeriesEntry()
    for value in values {
      let offset = try #require(try table.offset(name: Array("bar".utf8).rawBytes, value: value.rawBytes))
      let list = try index.postings(at: offset)
      try #require(list.count == 1)
      try index.series(at: UInt64(list[0]), into: &entry)
      #expect(entry.labels.count == 1)
      #expect(try symbols.text(of: entry.labels[0].name) == "bar")
      #expect(try [UInt8](symbols.bytes(of: entry.labels[0].value)) == value)
      #expect(try symbols.reference(of: value.rawBytes) == entry.labels[0].value)
    }
  }

  @Test("the label indices of older files are read")
  func labelIndices() throws {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(Self.version1)/index"))
    let symbols = try index.symbols()
    let table = try index.postingsTable()
    var names: [String] = []
    try index.forEachLabelIndex { labelIndex in
      names.append(String(showing: labelIndex.name))
      var values: [[UInt8]] = []
      try labelIndex.values.forEach { values.append([UInt8](try symbols.bytes(of: $0))) }
      #expect(try values == table.labelValues(of: labelIndex.name))
    }
    #expect(names.sorted() == ["bar", "foo"])
  }

  @Test("out-of-order chunks give gaps below zero")
  func outOfOrder() throws {
    let index = try Index(FileBytes(mapping: Fixtures.outOfOrderIndex))
    var chunks: [ChunkMeta] = []
    var series = 0
    try index.forEachSeries { entry in
      series += 1
      chunks = entry.chunks
    }
    #expect(series == 1)
    // Decoded by hand: the gap to the second chunk is stored as 2^63 + 3.
    #expect(chunks.map(\.minTime) == [.max - 2, 1])
    #expect(chunks.map(\.maxTime) == [.max - 1, 2])
  }

  @Test("gaps, lengths and reference steps wrap around")
  func wrapping() throws {
    var parts = IndexBytes()
    let gap = IndexBytes.uvarint(UInt64(bitPattern: -500))
    parts.series[0] =
      [1, 0, 1, 3] + IndexBytes.varint(.max) + [1] + IndexBytes.uvarint(.max)
      + gap + [5] + IndexBytes.varint(2) + gap + gap + IndexBytes.varint(.min)
    var entry = SeriesEntry()
    try Index(FileBytes(parts.bytes, name: "index")).series(at: 2, into: &entry)
    #expect(
      entry.chunks == [
        ChunkMeta(minTime: .max, maxTime: .min, reference: .max),
        ChunkMeta(minTime: .max - 499, maxTime: .max - 494, reference: 1),
        ChunkMeta(minTime: .max - 994, maxTime: .max - 1494, reference: 1 << 63 + 1),
      ])
  }

  @Test("symbols and labels beyond the first 32 are found, and none that is not there", arguments: [1, 2] as [UInt8])
  func sampledLookUps(version: UInt8) throws {
    let strings = (0..<200).map { "v\(1000 + 2 * $0)" }
    var parts = IndexBytes()
    parts.version = version
    parts.symbols = IndexBytes.symbols(strings)
    if version == 1 { parts.series = [] }
    parts.lists = { _ in strings.map { _ in IndexBytes.list([]) } }
    parts.table = { offsets in IndexBytes.table(strings.enumerated().map { ("n", $1, offsets[$0]) }) }
    let index = try Index(FileBytes(parts.bytes, name: "index"))
    let symbols = try index.symbols()
    let table = try index.postingsTable()
    let name = Array("n".utf8)
    for (number, string) in strings.enumerated() {
      let bytes = Array(string.utf8)
      let reference = try #require(try symbols.reference(of: bytes.rawBytes))
      #expect(version == 1 || Int(reference) == number)
      #expect(try symbols.text(of: reference) == string)
      #expect(try table.offset(name: name.rawBytes, value: bytes.rawBytes) != nil)
      let between = Array("v\(1000 + 2 * number + 1)".utf8)
      #expect(try symbols.reference(of: between.rawBytes) == nil)
      #expect(try table.offset(name: name.rawBytes, value: between.rawBytes) == nil)
    }
    for other in ["", "a", "w"] {
      let bytes = Array(other.utf8)
      #expect(try symbols.reference(of: bytes.rawBytes) == nil)
      #expect(try table.offset(name: bytes.rawBytes, value: bytes.rawBytes) == nil)
      #expect(try table.labelValues(of: bytes.rawBytes).isEmpty)
    }
    #expect(try table.labelValues(of: name.rawBytes).count == strings.count)
  }

  @Test("labels are told apart by bytes where Unicode calls them the same")
  func canonicalEquivalence() throws {
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    var parts = IndexBytes()
    parts.symbols = IndexBytes.symbols([decomposed, composed])
    parts.series = []
    parts.lists = { _ in [IndexBytes.list([]), IndexBytes.list([7])] }
    parts.table = { IndexBytes.table([("n", decomposed, $0[0]), ("n", composed, $0[1])]) }
    let index = try Index(FileBytes(parts.bytes, name: "index"))
    #expect(composed == decomposed)
    #expect(try index.symbols().reference(of: Array(composed.utf8).rawBytes) == 1)
    let table = try index.postingsTable()
    let name = Array("n".utf8)
    #expect(try index.postings(name: name.rawBytes, value: Array(composed.utf8).rawBytes, in: table)?.count == 1)
    #expect(try index.postings(name: name.rawBytes, value: Array(decomposed.utf8).rawBytes, in: table)?.count == 0)
  }

  @Test("unsorted symbols and rows are still found and said to be unsorted")
  func unsorted() throws {
    var parts = IndexBytes()
    parts.symbols = IndexBytes.symbols(["c", "a", "b"])
    parts.table = { IndexBytes.table([("", "", $0[0]), ("a", "c", $0[2]), ("a", "b", $0[1])]) }
    let index = try Index(FileBytes(parts.bytes, name: "index"))
    let symbols = try index.symbols()
    #expect(!symbols.isSorted)
    #expect(try symbols.reference(of: Array("b".utf8).rawBytes) == 2)
    let table = try index.postingsTable()
    #expect(!table.isSorted)
    #expect(try index.postings(name: Array("a".utf8).rawBytes, value: Array("b".utf8).rawBytes, in: table)?.count == 1)
  }

  @Test("an index without series is read")
  func empty() throws {
    var parts = IndexBytes()
    parts.symbols = IndexBytes.symbols([])
    parts.series = []
    parts.lists = { _ in [IndexBytes.list([])] }
    parts.table = { IndexBytes.table([("", "", $0[0])]) }
    let index = try Index(FileBytes(parts.bytes, name: "index"))
    let content = try IndexContent(reading: index, checkingChecksums: true)
    #expect(content.series == 0 && content.pairs == 0 && content.names.isEmpty)
  }

  @Test("version 3 is read as version 2, and sections with offset zero are absent")
  func version3() throws {
    var parts = IndexBytes()
    parts.version = 3
    parts.contents = { $0[2...3] = [0, 0] }
    let index = try Index(FileBytes(parts.bytes, name: "index"))
    #expect(try IndexContent(reading: index, checkingChecksums: true).series == 2)
    #expect(index.tableOfContents.range(of: .labelIndices).isEmpty)
  }
}
