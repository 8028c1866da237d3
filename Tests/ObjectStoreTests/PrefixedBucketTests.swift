import Fixtures
import ObjectStore
import Testing

@Suite("the part of a bucket below a prefix")
struct PrefixedBucketTests {
  /// Content that comes from somewhere else, and does not.
  private struct Unreadable: ContentSource {
    let error: BucketError
    var size: UInt64 { 10 }
    func read(_ range: Range<UInt64>) async throws -> [UInt8] { throw error }
  }

  @Test("an error names the place that it comes from: this folder, or another one of the same bucket", arguments: [
    ("archive/object", true), ("object", false), ("archived/object", false), ("other/object", false),
  ])
  func errors(key: String, isOwn: Bool) async throws {
    let folder = try TemporaryFolder()
    let base = FileSystemBucket(directory: folder.path)
    let bucket = PrefixedBucket(base, prefix: "archive")
    let error = BucketError(.accessDenied, key: key, in: base.location, "no")
    let thrown = await #expect(throws: BucketError.self) {
      try await bucket.put("object", .source(Unreadable(error: error)))
    }
    #expect(thrown?.bucket == (isOwn ? bucket.location : base.location))
    #expect(thrown?.key == (isOwn ? "object" : key))
  }
}
