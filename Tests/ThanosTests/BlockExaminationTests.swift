import Crypto
import Fixtures
import Glibc
import Platform
import TSDB
import Testing

@testable import Thanos

@Suite("looking into a block")
struct BlockExaminationTests {
  private static let raw = "01M81B088QDAD3JHFN4993ETCA"

  private static func open(_ data: DataFolder) throws -> OpenBlock {
    try OpenBlock(BlockFolder(ulid: try #require(ULID(raw)), path: "\(data.path)/\(raw)"))
  }

  private static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  @Test("hashes and figures are those of the files", arguments: BlockCheck.Depth.allCases)
  func findings(_ depth: BlockCheck.Depth) async throws {
    let data = try DataFolder([try #require(Fixtures.blocks.first { $0.hasSuffix(Self.raw) })])
    let block = try Self.open(data)
    let found = try await BlockExamination(depth: depth).run(block, hashes: true)
    let expected = try ["chunks/000001", "index"].map { Self.sha256(try data.read("\(Self.raw)/\($0)")) }
    #expect(found.digests.map(\.sha256) == expected)
    let statistics = try IndexStatistics(of: try Index(FileBytes(mapping: block.index)))
    #expect(found.indexStatistics == (depth == .none ? nil : statistics))
    #expect(try await BlockExamination(depth: depth).run(block).digests.allSatisfy { $0.sha256 == nil })
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isDamage: Bool
    let apply: @Sendable (inout RewrittenIndex) -> Void
  }

  @Test("what Prometheus itself may have written goes on its way, damage does not", arguments: [
    Change(testDescription: "nothing", isDamage: false) { _ in },
    Change(testDescription: "chunks out of order", isDamage: false) { index in
      let place = index.series.firstIndex { $0.chunks.count > 1 } ?? 0
      index.series[place].chunks.swapAt(0, 1)
    },
    Change(testDescription: "series in another order than their chunks", isDamage: false) {
      $0.series.swapAt(50, 51)
      $0.relist()
    },
    Change(testDescription: "a postings list of no series", isDamage: true) { $0.lists[3].series.append(1_000_000) },
    Change(testDescription: "a row that leads nowhere", isDamage: true) { $0.changeOffsets = { $0[5] += 4 } },
    Change(testDescription: "a chunk that is nowhere", isDamage: true) { $0.series[7].chunks[0].reference += 1 },
  ])
  func damage(change: Change) async throws {
    let data = try DataFolder([try #require(Fixtures.blocks.first { $0.hasSuffix(Self.raw) })])
    var index = try RewrittenIndex("\(data.path)/\(Self.raw)/index")
    change.apply(&index)
    try data.write(index.bytes, to: "\(Self.raw)/index")
    let examination = BlockExamination(depth: .full)
    if change.isDamage {
      await #expect(throws: CorruptBlock.self) { try await examination.run(try Self.open(data)) }
    } else {
      try await examination.run(try Self.open(data))
    }
  }

  @Test("files of all lengths keep their own hashes, in their order", arguments: [[], [0], [1, 0, 300_000],
    [700_000, 5, 262_144, 262_145, 1_000_000, 64], [3, 900_000, 900_000, 900_001]])
  func sideBySide(_ sizes: [Int]) async throws {
    let data = try DataFolder([try #require(Fixtures.blocks.first { $0.hasSuffix(Self.raw) })])
    var random = SeededRandom(seed: 2)
    var contents: [[UInt8]] = []
    var orders: [FilePass.Order] = []
    for (number, size) in sizes.enumerated() {
      contents.append((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
      try data.write(contents[number], to: "file-\(number)")
      orders.append(
        FilePass.Order(file: try OpenFile("\(data.path)/file-\(number)"), segment: nil, isHashed: number % 4 != 3))
    }
    let found = try FilePass.run(orders, of: BlockCheck(try Self.open(data), depth: .index)) {}
    #expect(found.map(\.digests.sha256) == contents.enumerated().map { $0.offset % 4 != 3 ? Self.sha256($0.element) : nil })
    for (file, content) in zip(found, contents) {
      let crc = unsafe CRC32C.checksum(content.span.bytes)
      #expect(file.digests.crc32c.checksum(of: 0..<UInt64(content.count)) == crc)
    }
  }

  @Test("a file that has become shorter ends the hashing, and is a fault of a segment that is checked")
  func shortened() async throws {
    let data = try DataFolder([try #require(Fixtures.blocks.first { $0.hasSuffix(Self.raw) })])
    let block = try Self.open(data)
    let path = "\(data.path)/\(Self.raw)/chunks/000001"
    let result = unsafe truncate(path, 1000)
    #expect(result == 0)
    await #expect(throws: FileError.self) { try await BlockExamination(depth: .none).run(block, hashes: true) }
    let error = await #expect(throws: CorruptBlock.self) {
      try await BlockExamination(depth: .index).run(block, hashes: true)
    }
    #expect(error?.faults.first?.kind == .unreadable)
    #expect(error?.faults.first?.file == path)
  }
}
