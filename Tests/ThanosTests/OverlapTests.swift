import TSDB
import Testing
import Thanos

@Suite("overlaps")
struct OverlapTests {
  static func span(_ number: Int, _ range: Range<Int64>, _ labels: String = "a=1", _ resolution: Resolution = .raw) throws
    -> BlockSpan
  {
    let ulid = try #require(ULID("01M81B088QDAD3JHFN4993ET" + (number < 10 ? "0\(number)" : "\(number)")))
    return BlockSpan(
      ulid: ulid, blockSet: BlockSet(labels: try ExternalLabels(parsing: [labels]), resolution: resolution),
      minTime: range.lowerBound, maxTime: range.upperBound)
  }

  struct Case: Sendable {
    let range: Range<Int64>
    let expected: [Int]
  }

  @Test("only blocks that share time are found, oldest first", arguments: [
    Case(range: 0..<10, expected: [0]), Case(range: 10..<20, expected: [0, 1]), Case(range: 90..<100, expected: [0]),
    Case(range: 15..<35, expected: [0, 1, 2]), Case(range: 100..<200, expected: []), Case(range: 29..<30, expected: [0, 2]),
  ])
  func finds(row: Case) throws {
    // The first is as long as all: the search must not stop at the short ones after it.
    let spans = [try Self.span(0, 0..<100), try Self.span(1, 10..<20), try Self.span(2, 20..<40), try Self.span(3, 50..<60)]
    let found = OverlapIndex(spans).overlaps(with: try Self.span(9, row.range))
    #expect(found == row.expected.map { spans[$0] })
  }

  @Test("other labels, another resolution and the block itself do not count")
  func sets() throws {
    let spans = [
      try Self.span(0, 0..<100, "a=2"), try Self.span(1, 0..<100, "a=1", .fiveMinutes), try Self.span(2, 0..<100),
    ]
    #expect(OverlapIndex(spans).overlaps(with: try Self.span(2, 0..<100)).isEmpty)
    #expect(OverlapIndex(spans).overlaps(with: try Self.span(3, 0..<100)) == [spans[2]])
  }
}
