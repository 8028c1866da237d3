import Fixtures
import Platform
import Testing

@testable import TSDB

@Suite("Series in windows and in stretches")
struct SeriesWindowsTests {
  static let blocks = [
    "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA", "index-v1/01DXXFZDYD1MQW6079WK0K6EDQ",
    "downsampled/01M81B08HN0JE90AJ4DW4J7HDV",
  ]

  /// Reference, offset, labels and chunks: all there is to a series.
  private static func line(_ entry: borrowing SeriesEntry) -> String {
    let copy = copy entry
    return "\(copy)"
  }

  private static func all(_ index: Index) throws -> [String] {
    var lines: [String] = []
    try index.forEachSeries { lines.append(line($0)) }
    return lines
  }

  private static func failure(_ bytes: [UInt8], _ series: inout SeriesWindows) -> TSDBError? {
    do {
      try series.take(bytes.rawBytes) { _ in }
      return nil
    } catch {
      return error as? TSDBError
    }
  }

  @Test("windows of any size give what the whole index gives", arguments: blocks, [1, 7, 64, 1000, 1 << 20] as [UInt64])
  func windows(_ block: String, _ window: UInt64) throws {
    let file = try OpenFile("\(Fixtures.root)/\(block)/index")
    let index = try Index(FileBytes(mapping: file))
    var series = try SeriesWindows(index, window: window)
    var lines: [String] = []
    while let range = series.next {
      let bytes = try file.read(range)
      try series.take(bytes.rawBytes) { lines.append(Self.line($0)) }
    }
    #expect(try lines == Self.all(index) && !lines.isEmpty)
  }

  @Test(
    "of named series these alone are given, whatever is read along", arguments: blocks,
    [(1, 0), (64, 0), (1 << 10, 100), (1 << 20, 4_096), (1 << 20, 1 << 20)] as [(UInt64, UInt64)])
  func named(_ block: String, _ reading: (window: UInt64, gap: UInt64)) throws {
    let file = try OpenFile("\(Fixtures.root)/\(block)/index")
    let index = try Index(FileBytes(mapping: file))
    var all: [(reference: UInt32, line: String)] = []
    try index.forEachSeries { all.append((UInt32($0.reference), Self.line($0))) }
    for step in [1, 2, 7, all.count] {
      let some = all.enumerated().filter { $0.offset % step == step / 2 }.map(\.element)
      var series = try SeriesWindows(index, window: reading.window, only: some.map(\.reference), gap: reading.gap)
      var lines: [String] = []
      var requests = 0
      while let range = series.next {
        let bytes = try file.read(range)
        try series.take(bytes.rawBytes) { lines.append(Self.line($0)) }
        requests += 1
        try #require(requests < 2_000)
      }
      #expect(lines == some.map(\.line) && !lines.isEmpty)
    }
    let nothing = try SeriesWindows(index, only: [], gap: 0).next
    #expect(nothing == nil)
    #expect(throws: TSDBError.self) { _ = try SeriesWindows(index, only: [0xffff_ffff], gap: 0) }
  }

  @Test("an entry that is longer than what is read at first is read on")
  func longEntries() throws {
    let folder = try TemporaryFolder()
    let chunks = (0..<4_000).map { (number: Int64) -> IndexInput.Chunk in
      IndexInput.Chunk(times: (number * 10)...(number * 10 + 5), reference: UInt64(8 + 40 * number))
    }
    try IndexInput.write(to: "\(folder.path)/index", series: 5) { _ in chunks }
    let file = try OpenFile("\(folder.path)/index")
    let index = try Index(FileBytes(mapping: file))
    var references: [UInt32] = []
    try index.forEachSeries { references.append(UInt32($0.reference)) }
    var series = try SeriesWindows(index, only: [references[1], references[3]], gap: 0)
    var found: [UInt64] = []
    while let range = series.next {
      let bytes = try file.read(range)
      try series.take(bytes.rawBytes) { found.append($0.reference + UInt64($0.chunks.count)) }
    }
    #expect(found == [UInt64(references[1]) + 4_000, UInt64(references[3]) + 4_000])
  }

  @Test("stretches give every series once, and in order", arguments: blocks, [1, 2, 3, 5, 1000])
  func stretches(_ block: String, _ count: Int) throws {
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let stretches = index.seriesStretches(count, try index.postingsTable())
    #expect(stretches.count <= count && (count == 1 || stretches.count > 1))
    var lines: [String] = []
    for stretch in stretches { try index.forEachSeries(in: stretch) { lines.append(Self.line($0)) } }
    #expect(try lines == Self.all(index))
  }

  @Test("an entry that is damaged, and a file that ends early, are errors with the place")
  func damage() throws {
    let file = try OpenFile("\(Fixtures.root)/\(Self.blocks[0])/index")
    let index = try Index(FileBytes(mapping: file))
    var bytes = try file.read(0..<file.size)
    var series = try SeriesWindows(index)
    let range = try #require(series.next)
    bytes[Int(range.lowerBound) + 5] ^= 1
    let window = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    let error = Self.failure(window, &series)
    #expect(error?.file == file.path && error?.offset ?? 0 >= range.lowerBound)
    var cut = try SeriesWindows(index)
    let end = Self.failure([], &cut)
    #expect(end?.code == .truncated)
  }

  @Test("of an index in a bucket only the parts that are asked for are held")
  func parts() throws {
    let file = try OpenFile("\(Fixtures.root)/\(Self.blocks[0])/index")
    let whole = try Index(FileBytes(mapping: file))
    let contents = whole.tableOfContents
    let sections: [TableOfContents.Section] = [.header, .symbols, .postingsTable, .tableOfContents]
    var parts: [(offset: UInt64, bytes: [UInt8])] = []
    for section in sections {
      let range = contents.range(of: section)
      parts.append((UInt64(range.lowerBound), try file.read(UInt64(range.lowerBound)..<UInt64(range.upperBound))))
    }
    let index = try Index(FileBytes(parts: parts, size: file.size, name: "key"))
    #expect(try index.symbols().count == whole.symbols().count)
    #expect(try index.postingsTable().labelNames() == whole.postingsTable().labelNames())
    // A part that is not held looks damaged; it never reads as something else.
    #expect(throws: TSDBError.self) { try index.forEachSeries { _ in } }
    let none = try FileBytes(parts: [], size: 0, name: "none")
    #expect(none.count == 0)
    let short = try FileBytes(parts: [(2, [1, 2, 3]), (9, [1])], size: 4, name: "short")
    let bytes = [UInt8](short.bytes)
    #expect(bytes == [0, 0, 1, 2])
  }
}
