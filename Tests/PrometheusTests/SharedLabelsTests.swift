import Fixtures
import Logging
import ObjectStore
import TSDB
import Testing
import Thanos

@testable import Shipping

@Suite("External labels that another Prometheus uses")
struct SharedLabelsTests {
  private static let (ours, part, other) = (
    "01M81B088QDAD3JHFN4993ETCA", "01M81B089WZ6FKNMSDPKBMGYCV", "01M81B0KSSX5FCZ5868AE5R719"
  )

  private static func meta(
    _ ulid: String, sources: [String], labels: String = "", from: Int64 = 1000, until: Int64 = 2000, resolution: Int = 0
  ) -> [UInt8] {
    let list = sources.map { "\"\($0)\"" }.joined(separator: ",")
    let text = #"""
      {"version": 1, "ulid": "\#(ulid)", "minTime": \#(from), "maxTime": \#(until),
       "compaction": {"level": 1, "sources": [\#(list)]},
       "thanos": {"labels": {\#(labels)}, "downsample": {"resolution": \#(resolution)}, "source": "sidecar"}}
      """#
    return Array(text.utf8)
  }

  private func strangers(_ remote: [UInt8]) async throws -> [String] {
    let folder = try TemporaryFolder()
    let bucket = FileSystemBucket(directory: folder.path)
    try await bucket.put("\(Self.other)/meta.json", .bytes(remote))
    let bytes = Self.meta(Self.ours, sources: [Self.part])
    let local = try BlockDescription(try BlockMeta(parsing: bytes, file: "local"), file: "local")
    let labels = try ExternalLabels(parsing: ["cluster=eu1"])
    let shared = SharedLabels(labels, local: [local], inBucket: try await BucketBlocks(bucket).all())
    return shared.strangers.map(\.ulid.description)
  }

  private static let eu1 = #""cluster": "eu1""#

  @Test("a block of the same labels and time that was made from others is a stranger, whatever its resolution")
  func stranger() async throws {
    #expect(try await strangers(Self.meta(Self.other, sources: [Self.other], labels: Self.eu1)) == [Self.other])
    let coarse = Self.meta(
      Self.other, sources: [Self.other], labels: Self.eu1, from: 1999, until: 9000, resolution: 300_000)
    #expect(try await strangers(coarse) == [Self.other])
  }

  @Test(
    "one made from the same blocks, of other labels or another time is none",
    arguments: [
      meta(other, sources: [ours], labels: eu1), meta(other, sources: [other, part], labels: eu1),
      meta(other, sources: [other], labels: #""cluster": "us2""#),
      meta(other, sources: [other], labels: #""cluster": "eu1", "replica": "b""#),
      meta(other, sources: [other], labels: eu1, from: 2000, until: 3000),
      meta(other, sources: [other], labels: eu1, from: 0, until: 1000),
    ])
  func none(_ meta: [UInt8]) async throws {
    #expect(try await strangers(meta) == [])
  }
}
