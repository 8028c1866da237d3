import Crypto
import Fixtures
import ObjectStore
import Platform
import Synchronization
import TSDB
import Testing

@testable import Verification

@Suite("check of a block's data")
struct DataCheckTests {
  private static let block = Fixtures.blocks[0]

  private static func meta() throws -> BlockMeta {
    try BlockMeta(parsing: Fixtures.bytes("\(block)/meta.json"), file: "meta.json")
  }

  @Test("windows of any size tell the same", arguments: [1, 7, 4096, 1 << 30])
  func windows(window: Int) async throws {
    var data = try MemoryBlockData(Self.block)
    data.window = window
    let good = try await data.report(Self.meta())
    #expect(good.findings == [] && good.chunksChecked == 195)
    data.contents["index"]?[9000] ^= 1
    data.contents["chunks/000001"]?[5000] ^= 1
    data.contents["chunks/000001"]?[50_000] ^= 1
    let bad = try await data.report(Self.meta())
    #expect(bad.findings.map(\.id) == [.indexChecksum, .chunkChecksum, .chunkChecksum])
  }

  @Test("every file has the hash of its bytes where it was asked for, and counts as read")
  func hashes() async throws {
    let data = try MemoryBlockData(Self.block)
    let report = try await data.report(Self.meta(), computesHashes: true)
    #expect(report.files.map(\.path) == ["index", "chunks/000001", "tombstones"])
    for file in report.files {
      let bytes = try #require(data.contents[file.path])
      let hash = SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      #expect(file.sha256 == hash && file.evidence == [.crc32c] && file.size == UInt64(bytes.count))
    }
    #expect(report.bytesRead == UInt64(data.contents.values.reduce(0) { $0 + $1.count }))
    #expect(try await data.report(Self.meta()).files.allSatisfy { $0.sha256 == nil })
  }

  @Test("what cannot be read is unfinished and no finding, and the rest is checked", arguments: [
    ["index"], ["chunks/000001"], ["tombstones"], ["index", "chunks/000001", "tombstones"],
  ])
  func unfinished(paths: [String]) async throws {
    var data = try MemoryBlockData(Self.block)
    data.contents["index"]?[9000] ^= 1
    let all = try await data.report(Self.meta())
    #expect(all.findings.map(\.id) == [.indexChecksum])
    data.unreadable = paths
    let report = try await data.report(Self.meta(), computesHashes: true)
    #expect(report.unfinished.map(\.file).sorted() == paths.sorted(), "\(report.unfinished)")
    #expect(report.unfinished.allSatisfy { $0.reason.contains("unreachable today") })
    #expect(report.findings.map(\.id) == (paths.contains("index") ? [] : [.indexChecksum]), "\(report.findings)")
    for file in report.files where paths.contains(file.path) { #expect(file.evidence == [] && file.sha256 == nil) }
  }

  @Test("a connection that is cut for good after the first half leaves what was seen until then")
  func cut() async throws {
    var data = try MemoryBlockData(Self.block)
    data.contents["index"]?[6000] ^= 1
    data.window = 512
    data.endsAt = 9000
    let report = try await data.report(Self.meta())
    #expect(report.findings.map(\.id) == [.indexChecksum], "\(report.findings)")
    #expect(report.unfinished.map(\.file) == ["index", "chunks/000001"])
  }

  @Test("a cancelled check ends with that")
  func cancelled() async throws {
    let data = try MemoryBlockData(Self.block)
    let meta = try Self.meta()
    let task = Task {
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      return try await data.report(meta)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("a file that has become shorter since it was listed is found out")
  func shrunk() async throws {
    var data = try MemoryBlockData(Self.block)
    data.shrunk = ["index", "chunks/000001", "tombstones"]
    let report = try await data.report(Self.meta())
    let ids = Set(report.findings.map(\.id))
    #expect(ids == [.indexMalformed, .segmentMalformed, .tombstonesMalformed], "\(report.findings)")
  }
}
