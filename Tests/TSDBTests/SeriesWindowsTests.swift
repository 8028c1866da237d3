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
