import BucketAcceptance
import Fixtures
import ObjectStore
import Testing

@Suite("FILESYSTEM keeps the promises of a bucket")
struct AcceptanceTests {
  @Test("a directory", arguments: BucketAcceptance.checks)
  func directory(_ check: BucketAcceptance.Check) async throws {
    let folder = try TemporaryFolder()
    try await check.run(on: FileSystemBucket(directory: folder.path))
    withExtendedLifetime(folder) {}
  }

  @Test("a directory below a prefix", arguments: BucketAcceptance.checks)
  func prefixedDirectory(_ check: BucketAcceptance.Check) async throws {
    let folder = try TemporaryFolder()
    let base = FileSystemBucket(directory: folder.path)
    // Neighbours that a prefix handled as a mere beginning would show.
    for key in ["some/prefix2/object", "some/prefi", "other", "zzz"] { try await base.put(key, .bytes([9])) }
    try await check.run(on: PrefixedBucket(base, prefix: "some/prefix"))
    #expect(try await base.read("some/prefix2/object", limit: 10) == [9])
    withExtendedLifetime(folder) {}
  }

  @Test("a directory listed in pages of a hundred", arguments: BucketAcceptance.checks)
  func smallPages(_ check: BucketAcceptance.Check) async throws {
    let folder = try TemporaryFolder()
    try await check.run(on: FileSystemBucket(directory: folder.path, pageSize: 100))
    withExtendedLifetime(folder) {}
  }
}
