import ObjectStore
import TSDB
import Thanos

/// Reads the meta.json of a bucket's blocks. One that cannot be read, for whatever reason, does not keep the others
/// from being verified.
struct BucketSurvey {
  let bucket: any Bucket
  /// meta.json files asked for at a time.
  private let width = 32

  init(_ bucket: any Bucket) { self.bucket = bucket }

  /// - Returns: the blocks in the order of their names.
  /// - Throws: `BucketError` where it is the bucket that cannot be reached or entered, `CancellationError`.
  func blocks(_ ulids: [ULID]) async throws -> [BucketBlock] {
    try await OrderedWork.map(ulids, width: width) { try await describe($0) }
  }

  private func describe(_ ulid: ULID) async throws -> BucketBlock {
    do {
      return try await BucketBlocks(bucket).describe(ulid)
    } catch let error as BucketError {
      switch error.code {
      case .bucketNotFound, .badCredentials, .unreachable: throw error
      default: return BucketBlock(ulid: ulid, state: .unreadable(error), metaSize: 0)
      }
    }
  }
}
