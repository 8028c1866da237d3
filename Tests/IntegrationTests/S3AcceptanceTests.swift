import BucketAcceptance
import Logging
import ObjectStore
import Testing

/// What every bucket promises, asked of a real S3 server.
@Suite("S3 keeps a bucket's promises", .timeLimit(.minutes(5)))
struct S3AcceptanceTests {
  @Test("below a prefix, in every dialect", arguments: BucketAcceptance.checks, S3Tests.Dialect.allCases)
  func keeps(_ check: BucketAcceptance.Check, _ dialect: S3Tests.Dialect) async throws {
    let configuration = try await SeaweedFS.shared.value.configuration(SeaweedFS.bucket) {
      dialect.apply(&$0)
      // The least that S3 allows, so that the suite's larger objects go in parts.
      $0.partSize = 5 << 20
    }
    let server = try S3Bucket(configuration, logger: Logger(label: "test"))
    let bucket = PrefixedBucket(server, prefix: SeaweedFS.freshPrefix())
    try await check.run(on: bucket, of: Self.seaweedFS)
  }

  /// SeaweedFS keeps keys as the paths of a file system, and clears empty folders away some time later.
  private static let seaweedFS: BucketAcceptance.Store = {
    var store = BucketAcceptance.Store()
    store.listsByBytes = false
    store.keepsBackslashes = false
    store.forgetsEmptyFolders = false
    return store
  }()
}
