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
    var list = Self.list([(.indexChecksum, "index", 15), (.chunkChecksum, "a", 3)])
    list.append(contentsOf: Self.list([(.indexChecksum, "index", 30), (.chunkChecksum, "b", 50)]))
    list.append(contentsOf: Self.list([(.chunkChecksum, "a", 1)]))
    #expect(Self.count(list, .indexChecksum, "index") == 45)
    #expect(Self.count(list, .chunkChecksum, "a") == 4)
    #expect(Self.count(list, .chunkChecksum, "b") == 50)
    #expect(list.all.filter { $0.kind == .indexChecksum && $0.offset != nil }.count == FaultList.kept)
    #expect(list.all.last?.message == "and 30 more like these")
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
