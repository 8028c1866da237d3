import Testing

@testable import TSDB

@Suite("faults of a block")
struct FaultListTests {
  private static func list(_ counts: [(BlockFault.Kind, String, Int)]) -> FaultList {
    var list = FaultList()
    for (kind, file, count) in counts {
      for number in 0..<count { list.append(BlockFault(kind, file: file, offset: UInt64(number), "wrong")) }
    }
    return list
  }

  private static func count(_ list: FaultList, _ kind: BlockFault.Kind, _ file: String) -> Int {
    list.all.filter { $0.kind == kind && $0.file == file }.reduce(0) { $0 + $1.occurrences }
  }

  @Test("all are counted and the first of each kind and file kept, however lists are put together")
  func counts() {
    var list = Self.list([(.indexChecksum, "index", 700), (.chunkChecksum, "a", 3)])
    list.append(contentsOf: Self.list([(.indexChecksum, "index", 340), (.chunkChecksum, "b", 1090)]))
    list.append(contentsOf: Self.list([(.chunkChecksum, "a", 1)]))
    #expect(Self.count(list, .indexChecksum, "index") == 1040)
    #expect(Self.count(list, .chunkChecksum, "a") == 4)
    #expect(Self.count(list, .chunkChecksum, "b") == 1090)
    #expect(list.all.filter { $0.kind == .indexChecksum && $0.offset != nil }.count == 1000)
    #expect(list.all.suffix(2).map(\.message) == ["and 40 more like these", "and 90 more like these"])
  }

  @Test("of a block with many files not more than ten thousand are kept, and some of each file")
  func together() {
    var list = FaultList()
    for file in 0..<30 { list.append(contentsOf: Self.list([(.chunkChecksum, "\(file)", 2000)])) }
    let named = list.all.filter { $0.offset != nil }
    #expect(named.count == 10_000 + 20 * 20)
    #expect(named.count { $0.file == "9" } == 1000 && named.count { $0.file == "29" } == 20)
    #expect(list.all.reduce(0) { $0 + $1.occurrences } == 60_000)
  }

  @Test("a fault that stands for several counts as so many, kept or not")
  func occurrences() {
    var list = FaultList()
    for number in 0..<1010 {
      list.append(BlockFault(.unknownEncoding, file: "a", offset: UInt64(number), "some", occurrences: 3))
    }
    #expect(Self.count(list, .unknownEncoding, "a") == 3030)
    #expect(list.all.last?.occurrences == 30)
  }

  @Test("those of some kinds keep their numbers")
  func filter() {
    let list = Self.list([(.indexChecksum, "index", 45), (.emptyLabel, "index", 30), (.chunkChecksum, "a", 3)])
    let some = list.filter { $0 != .emptyLabel }
    #expect(Self.count(some, .indexChecksum, "index") == 45 && Self.count(some, .chunkChecksum, "a") == 3)
    #expect(Self.count(some, .emptyLabel, "index") == 0)
    #expect(!some.isEmpty && list.filter { $0 == .unreadable }.isEmpty)
  }
}
