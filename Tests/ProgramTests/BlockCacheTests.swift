import Fixtures
import ObjectStore
import Platform
import Testing
import TSDB
import Thanos

@testable import Inspection

@Suite("The cache of meta.json files")
struct BlockCacheTests {
  private let folder: TemporaryFolder
  private let bucket = InspectBlocksTests.bucket()

  init() throws { folder = try TemporaryFolder() }

  private func rows(_ selection: RowSelection = .all) async throws -> [BlockRow] {
    let cache = try #require(BlockCache(.meta, of: bucket, in: "\(folder.path)/made"))
    bucket.forgetLog()
    return try await BlockSource.bucket(bucket).rows(selection, cache: cache)
  }

  private var file: String {
    get throws {
      let names = try Directory.entries(of: "\(folder.path)/made/meta").map(\.name)
      #expect(names.count == 1)
      return "\(folder.path)/made/meta/\(names.first ?? "")"
    }
  }

  @Test("a second run asks only for what is new")
  func secondRun() async throws {
    #expect(try await rows().count == 1 && bucket.log == ["get \(InspectBlocksTests.first)/meta.json"])
    InspectBlocksTests.add(
      InspectBlocksTests.second, to: bucket, meta: InspectBlocksTests.meta(InspectBlocksTests.second))
    #expect(try await rows().count == 2 && bucket.log == ["get \(InspectBlocksTests.second)/meta.json"])
    #expect(try await rows().map(\.description?.meta.stats.samples) == [1200, 1200] && bucket.log.isEmpty)
  }

  @Test("a replaced meta.json is read again")
  func replaced() async throws {
    _ = try await rows()
    // Of the same size.
    bucket.set("\(InspectBlocksTests.first)/meta.json", InspectBlocksTests.meta(InspectBlocksTests.first, level: 7))
    #expect(try await rows().map(\.description?.meta.compaction.level) == [7] && bucket.log.count == 1)
  }

  @Test("looking for some blocks forgets none of the others")
  func some() async throws {
    InspectBlocksTests.add(
      InspectBlocksTests.second, to: bucket, meta: InspectBlocksTests.meta(InspectBlocksTests.second))
    _ = try await rows()
    let ulid = try #require(ULID(InspectBlocksTests.second))
    bucket.set("\(ulid)/meta.json", InspectBlocksTests.meta(InspectBlocksTests.second, level: 2))
    var selection = RowSelection.all
    selection.blocks.ids = [ulid]
    #expect(try await rows(selection).count == 1 && bucket.log.count == 1)
    #expect(try await rows().count == 2 && bucket.log.isEmpty)
  }

  @Test("blocks that have gone are forgotten")
  func gone() async throws {
    _ = try await rows()
    for key in bucket.objects.keys { bucket.set(key, nil) }
    #expect(try await rows().isEmpty)
    let bytes = try OpenFile(try file).readAll(limit: 1 << 20)
    #expect(!String(decoding: bytes, as: UTF8.self).contains(InspectBlocksTests.first))
  }

  @Test("a file with any byte changed, cut off, or of another bucket is none")
  func damage() async throws {
    _ = try await rows()
    let bytes = try OpenFile(try file).readAll(limit: 1 << 20)
    #expect(BlockCacheFile.entries(parsing: bytes, .meta, location: bucket.location)?.count == 1)
    #expect(BlockCacheFile.entries(parsing: bytes, .meta, location: "s3://other") == nil)
    #expect(BlockCacheFile.entries(parsing: bytes, .indexEnd, location: bucket.location) == nil)
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 0x10
      #expect(BlockCacheFile.entries(parsing: damaged, .meta, location: bucket.location) == nil, "byte \(place)")
      #expect(BlockCacheFile.entries(parsing: Array(bytes[..<place]), .meta, location: bucket.location) == nil, "\(place) bytes")
    }
    try AtomicFile.write(Array("nonsense".utf8), to: try file)
    #expect(try await rows().map(\.state) == ["ok"] && bucket.log.count == 1)
  }

  @Test("without ETags size and time tell versions apart, and without times nothing is remembered")
  func versions() {
    func version(_ size: UInt64, _ modified: Int64?, _ etag: String?) -> BlockCache.Version? {
      BlockCache.Version(ObjectAttributes(size: size, modified: modified, etag: etag))
    }
    #expect(version(1, nil, nil) == nil && version(1, nil, "") == nil)
    #expect(version(1, 2, nil) != version(1, 3, nil) && version(1, 2, nil) != version(2, 2, nil))
    #expect(version(1, 2, "a") == version(1, 3, "a") && version(1, 2, "a") != version(1, 2, "b"))
  }

  @Test("a folder that cannot be written to is no error")
  func unwritable() async throws {
    try AtomicFile.write([1], to: "\(folder.path)/file")
    let cache = try #require(BlockCache(.meta, of: bucket, in: "\(folder.path)/file"))
    #expect(try await BlockSource.bucket(bucket).rows(cache: cache).count == 1)
  }

  @Test("the folder is where the XDG Base Directory Specification puts it")
  func folders() {
    #expect(BlockCache.usualFolder { ["XDG_CACHE_HOME": "/c", "HOME": "/h"][$0] } == "/c/blockhaul")
    #expect(BlockCache.usualFolder { ["XDG_CACHE_HOME": "c", "HOME": "/h"][$0] } == "/h/.cache/blockhaul")
    #expect(BlockCache.usualFolder { _ in nil } == nil)
  }

  @Test("prefixes cover all blocks with few blocks below each", arguments: [1, 3, 40])
  func prefixes(limit: Int) throws {
    var random = SeededRandom(seed: 7)
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    let ulids = try (0..<150).map { number in
      let end = (0..<20).map { _ in alphabet[Int(random.next() % 32)] }
      return try #require(ULID("01M8" + (number % 3 == 0 ? "1B" : "2C") + String(end)))
    }.sorted()
    let prefixes = ULIDPrefixes.covering(ulids, limit: limit)
    for ulid in ulids { #expect(prefixes.filter { "\(ulid)/".hasPrefix($0) }.count == 1) }
    for prefix in prefixes { #expect(ulids.filter { "\($0)/".hasPrefix(prefix) }.count <= limit) }
    #expect(ULIDPrefixes.covering([], limit: limit) == [])
  }
}
