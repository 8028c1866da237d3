import Fixtures
import Platform
import Testing

@testable import TSDB

/// An index with one thing wrong and all checksums right, and the error that names it.
struct HostileIndex: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let code: Fault.Code
  let change: @Sendable (inout IndexBytes) -> Void

  init(_ name: String, _ code: Fault.Code, _ change: @escaping @Sendable (inout IndexBytes) -> Void) {
    testDescription = name
    self.code = code
    self.change = change
  }

  static let huge = IndexBytes.uvarint(1 << 63)

  static let all = [
    HostileIndex("an unknown version", .unsupportedVersion) { $0.version = 4 },
    HostileIndex("version zero", .unsupportedVersion) { $0.version = 0 },

    HostileIndex("a section at 2^63", .outOfRange) { $0.contents = { $0[5] = 1 << 63 } },
    HostileIndex("a section at 2^64 - 1", .outOfRange) { $0.contents = { $0[0] = .max } },
    HostileIndex("a section that begins in the header", .outOfRange) { $0.contents = { $0[0] = 4 } },
    HostileIndex("a section in the table of contents", .outOfRange) { $0.contents = { $0[5] += 100 } },
    HostileIndex("sections that have changed places", .outOfRange) { $0.contents = { $0.swapAt(1, 4) } },
    HostileIndex("a series section that is the symbols", .outOfRange) { $0.contents = { $0[1] = $0[0] } },

    HostileIndex("more symbols than there are bytes", .outOfRange) {
      $0.symbols = IndexBytes.be32(.max) + [1, 97]
    },
    HostileIndex("more symbols than the section has", .truncated) {
      $0.series = []
      $0.symbols = IndexBytes.be32(4) + [1, 97, 1, 98, 0]
    },
    HostileIndex("fewer symbols than the section has", .malformed) {
      $0.series = []
      $0.symbols = IndexBytes.be32(1) + [1, 97, 1, 98]
    },
    HostileIndex("a symbol that is longer than the section", .outOfRange) {
      $0.symbols = IndexBytes.be32(3) + [1, 97, 1, 98, 200, 1, 99]
    },
    HostileIndex("a symbol of 2^63 bytes", .outOfRange) { $0.symbols = IndexBytes.be32(1) + huge + [97] },
    HostileIndex("a symbol whose length has no end", .malformed) {
      $0.symbols = IndexBytes.be32(1) + [UInt8](repeating: 0xff, count: 20)
    },
    HostileIndex("a symbol section too short for its number", .truncated) { $0.symbols = [0, 0] },

    HostileIndex("a symbol number past the table", .outOfRange) { $0.series[0] = [1, 0, 3, 0] },
    HostileIndex("a symbol number of 2^32 + 1", .outOfRange) {
      $0.series[0] = [1, 0] + IndexBytes.uvarint(1 << 32 + 1) + [0]
    },
    HostileIndex("a symbol number of 2^63", .outOfRange) { $0.series[0] = [1] + huge + [1, 0] },
    HostileIndex("a version 1 symbol offset before the symbols", .outOfRange) {
      $0.version = 1
      $0.series[0] = [1, 0, 0, 0]
    },
    HostileIndex("a version 1 symbol offset after the symbols", .outOfRange) {
      $0.version = 1
      $0.series[0] = [1, 13, 40, 0]
    },
    HostileIndex("2^63 labels", .outOfRange) { $0.series[0] = huge + [0, 1] },
    HostileIndex("more labels than the entry has room for", .outOfRange) { $0.series[0] = [9, 0, 1, 0] },
    HostileIndex("labels that end after the entry", .outOfRange) { $0.series[0] = [1, 0, 0x81] },
    HostileIndex("2^63 chunks", .outOfRange) { $0.series[0] = [0] + huge },
    HostileIndex("more chunks than the entry has room for", .outOfRange) { $0.series[0] = [0, 2, 1, 1, 1] },
    HostileIndex("chunks that end after the entry", .malformed) { $0.series[0] = [0, 1, 1, 1, 0x81] },
    HostileIndex("chunks that end before the entry", .malformed) { $0.series[0] = [0, 1, 1, 1, 1, 1] },
    HostileIndex("an integer of more than 64 bits", .malformed) {
      $0.series[0] = [0, 1] + [UInt8](repeating: 0x80, count: 9) + [2, 0, 0]
    },
    HostileIndex("an empty entry", .outOfRange) { $0.series[0] = [] },

    HostileIndex("more rows than the table has", .truncated) {
      $0.table = { _ in IndexBytes.be32(.max) }
    },
    HostileIndex("fewer rows than the table has", .malformed) {
      $0.table = { IndexBytes.table([("", "", $0[0])]) + [2, 0, 0, 1] }
    },
    HostileIndex("a row of three strings", .malformed) { $0.table = { _ in IndexBytes.be32(1) + [3, 0, 0, 0, 0] } },
    HostileIndex("a name of 2^63 bytes", .outOfRange) {
      $0.table = { _ in IndexBytes.be32(1) + [2] + huge + [0, 0] }
    },
    HostileIndex("a list at 2^63", .outOfRange) { $0.table = { _ in IndexBytes.table([("a", "b", 1 << 63)]) } },
    HostileIndex("a list at 0", .outOfRange) { $0.table = { _ in IndexBytes.table([("a", "b", 0)]) } },
    HostileIndex("a list in the middle of a list", .outOfRange) {
      $0.table = { IndexBytes.table([("a", "b", $0[2] + 8)]) }
    },
    HostileIndex("rows that all point at one list", .malformed) {
      $0.table = { offsets in IndexBytes.table((10..<99).map { ("a", "\($0)", offsets[0]) }) }
    },
    HostileIndex("more references than the list has", .malformed) {
      $0.lists = { _ in [IndexBytes.be32(.max), IndexBytes.list([]), IndexBytes.list([])] }
    },
    HostileIndex("fewer references than the list has", .malformed) {
      $0.lists = { [IndexBytes.list($0) + [0, 0, 0], IndexBytes.list([]), IndexBytes.list([])] }
    },
    HostileIndex("a list without a number", .truncated) {
      $0.lists = { _ in [[], IndexBytes.list([]), IndexBytes.list([])] }
    },
    HostileIndex("a reference to no series", .outOfRange) {
      $0.lists = { [IndexBytes.list($0), IndexBytes.list([.max]), IndexBytes.list([])] }
    },
    HostileIndex("a reference into the symbols", .outOfRange) {
      $0.lists = { [IndexBytes.list($0), IndexBytes.list([1]), IndexBytes.list([])] }
    },

    HostileIndex("a label index at 2^63", .outOfRange) {
      $0.labelTable = { _ in IndexBytes.be32(1) + [1, 1, 97] + huge }
    },
    HostileIndex("a label table row of two strings", .malformed) {
      $0.labelTable = { _ in IndexBytes.be32(1) + [2, 1, 97, 1, 98, 0] }
    },
    HostileIndex("more label table rows than there are", .truncated) { $0.labelTable = { _ in IndexBytes.be32(.max) } },
    HostileIndex("a label index of two names", .malformed) {
      $0.labelIndices = [IndexBytes.be32(2) + IndexBytes.list([])]
      $0.labelTable = { IndexBytes.be32(1) + [1, 1, 97] + IndexBytes.uvarint($0[0]) }
    },
    HostileIndex("a label index of 2^32 - 1 values", .malformed) {
      $0.labelIndices = [IndexBytes.be32(1) + IndexBytes.be32(.max)]
      $0.labelTable = { IndexBytes.be32(1) + [1, 1, 97] + IndexBytes.uvarint($0[0]) }
    },
    HostileIndex("label table rows that all point at one label index", .malformed) {
      $0.labelIndices = [IndexBytes.be32(1) + IndexBytes.list([1, 2])]
      $0.labelTable = { offsets in
        IndexBytes.be32(50) + (0..<50).flatMap { _ in [1, 1, 97] + IndexBytes.uvarint(offsets[0]) }
      }
    },
  ]
}

@Suite("Hostile indexes")
struct IndexHostileTests {
  @Test("the index that the others are made from is a good one")
  func unchanged() throws {
    let index = try Index(FileBytes(IndexBytes().bytes, name: "index"))
    let content = try IndexContent(reading: index, checkingChecksums: true)
    #expect(content.series == 2 && content.labels == 2 && content.chunks == 2 && content.pairEntries == 2)
  }

  @Test("what cannot be is a typed error that names file and offset", arguments: HostileIndex.all)
  func hostile(input: HostileIndex) throws {
    var parts = IndexBytes()
    input.change(&parts)
    let bytes = parts.bytes
    let error = try #require(throws: TSDBError.self) {
      try IndexContent(reading: Index(FileBytes(bytes, name: "some/index")), checkingChecksums: true)
    }
    #expect(error.code == input.code, "\(error)")
    #expect(error.file == "some/index")
    #expect(error.offset <= UInt64(bytes.count))
    #expect(!error.expected.isEmpty)
  }

  @Test("an error says where, what was expected and what was found")
  func message() throws {
    var parts = IndexBytes()
    parts.series[0] = [1, 0, 3, 0]
    let index = try Index(FileBytes(parts.bytes, name: "data/01H/index"))
    let error = try #require(throws: TSDBError.self) { try index.forEachSeries { _ in } }
    #expect(
      error.description
        == "data/01H/index: offset 34: expected references of a label that the symbol table has, found 3")
  }

  @Test("a file of any length that a whole index was cut to is a typed error")
  func truncated() throws {
    let bytes = IndexBytes().bytes
    for count in 0..<bytes.count {
      #expect(throws: TSDBError.self) { try Index(FileBytes(Array(bytes.prefix(count)), name: "index")) }
    }
  }

  @Test("a file that is no index is told apart by its first bytes")
  func otherFile() throws {
    let error = try #require(throws: TSDBError.self) {
      try Index(FileBytes([UInt8](repeating: 7, count: 100), name: "index"))
    }
    #expect(error.code == .badMagic && error.offset == 0)
  }

  @Test(
    "a reference that belongs to no series is a typed error", arguments: [0, 1, 1 << 60, 1 << 63, .max] as [UInt64])
  func reference(reference: UInt64) throws {
    let index = try Index(FileBytes(IndexBytes().bytes, name: "index"))
    var entry = SeriesEntry()
    let error = try #require(throws: TSDBError.self) { try index.series(at: reference, into: &entry) }
    #expect(error.code == .outOfRange)
  }

  @Test("a symbol reference that does not exist is a typed error", arguments: [1, 2] as [UInt8])
  func symbol(version: UInt8) throws {
    var parts = IndexBytes()
    parts.version = version
    let symbols = try Index(FileBytes(parts.bytes, name: "index")).symbols()
    for reference in [3, 4000, .max] as [UInt32] {
      let error = try #require(throws: TSDBError.self) { _ = try symbols.text(of: reference) }
      #expect(error.code == .outOfRange)
    }
  }

  @Test("what the body throws comes out of the walk unchanged")
  func bodyError() throws {
    struct Stop: Error {}
    let index = try Index(FileBytes(IndexBytes().bytes, name: "index"))
    var seen = 0
    #expect(throws: Stop.self) {
      try index.forEachSeries { _ in
        seen += 1
        throw Stop()
      }
    }
    #expect(seen == 1)
  }
}
