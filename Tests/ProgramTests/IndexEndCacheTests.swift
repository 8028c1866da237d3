import Fixtures
import Inspection
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Planning

@Suite("The cache of the ends of indexes")
struct IndexEndCacheTests {
  private static let ulid = "01M81B08HN0JE90AJ4DW4J7HDV"
  private let folder: TemporaryFolder
  private let bucket = MemoryBucket()

  init() throws {
    folder = try TemporaryFolder()
    for name in ["01M81B08HN0JE90AJ4DW4J7HDV", "01M81B0KSSX5FCZ5868AE5R719"] {
      for file in ["meta.json", "index"] {
        bucket.set("\(name)/\(file)", try Fixtures.bytes("downsampled/\(name)/\(file)"))
      }
      bucket.set("\(name)/chunks/000001", [0])
    }
  }

  private func plan() async throws -> CapacityPlan {
    bucket.forgetLog()
    return try await CapacityPlan(
      of: .bucket(bucket), policy: PlanPolicy(), prices: nil, clock: 1_800_000_000_000, caches: folder.path)
  }

  @Test("a second plan asks for nothing, and one with a new block for that alone")
  func secondPlan() async throws {
    let first = try await plan()
    #expect(first.headers.sizes.count == 2 && bucket.log.filter { $0.hasSuffix("/index") }.count == 2)
    let second = try await plan()
    #expect(second.headers.sizes == first.headers.sizes && bucket.log.isEmpty)
    let new = "01M81B0KWKC84NS30MERVG5BFF"
    for file in ["meta.json", "index"] { bucket.set("\(new)/\(file)", try Fixtures.bytes("downsampled/\(new)/\(file)")) }
    #expect(try await plan().headers.sizes.count == 3)
    #expect(bucket.log.sorted() == ["get \(new)/index", "get \(new)/meta.json"])
  }

  @Test("an index that was replaced is read again")
  func replaced() async throws {
    let before = try await plan()
    bucket.set("\(Self.ulid)/index", try Fixtures.bytes("raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA/index"))
    let after = try await plan()
    #expect(bucket.log == ["get \(Self.ulid)/index"])
    #expect(after.headers.sum != before.headers.sum && after.headers.failures.isEmpty)
  }

  @Test("an index that is replaced between listing and reading is not remembered as the one that was listed")
  func replacedMeanwhile() async throws {
    let other = try Fixtures.bytes("raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA/index")
    let bucket = bucket
    bucket.behave { $0.beforeGet = { key in if key == "\(Self.ulid)/index" { bucket.set(key, other) } } }
    // Its end is not where the listing says: that is a line, and ends nothing.
    #expect(try await plan().headers.failures.map(\.ulid.description) == [Self.ulid])
    #expect(try await plan().headers.failures.isEmpty && bucket.log == ["get \(Self.ulid)/index"])
  }

  @Test("a damaged cache is none")
  func damaged() async throws {
    let first = try await plan()
    for file in try DataFolder.files(below: folder.path) { try AtomicFile.write(Array("nonsense".utf8), to: file) }
    #expect(try await plan().headers.sizes == first.headers.sizes && bucket.log.count == 4)
  }
}
