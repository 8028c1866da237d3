import ObjectStore
import Platform
import TSDB
import Thanos

/// The blocks of a bucket as rows: sizes, markers and versions from a listing, the rest from each meta.json.
struct BucketRows: Sendable {
  let bucket: any Bucket
  let cache: BlockCache?

  private struct Found: Sendable {
    let row: BlockRow
    /// For the cache.
    let meta: BlockCache.Entry?
  }

  /// - Parameter ids: empty for all.
  func all(_ ids: Set<ULID>) async throws -> [BlockRow] {
    async let cached = cache?.entries()
    let blocks = try await BucketListing(bucket).contents(ids)
    let known = await cached ?? [:]
    let found = try await blocks.map { ($0, $1) }.concurrentMap(atMost: BlockSource.requests) { ulid, contents in
      try await self.found(ulid, contents, known[ulid])
    }
    let read = found.compactMap { found in found.meta.map { (found.row.ulid, $0) } }
    await cache?.keep(Dictionary(read) { $1 }, over: known, areAll: ids.isEmpty)
    return found.map(\.row)
  }

  private func found(_ ulid: ULID, _ contents: BlockContents, _ known: BlockCache.Entry?) async throws -> Found {
    var (state, meta) = (BucketBlock.State.partial, BlockCache.Entry?.none)
    if let listed = contents.meta {
      let version = BlockCache.Version(listed)
      if let known, known.version == version {
        (state, meta) = (BucketBlocks.state(of: ulid, meta: known.bytes), known)
      } else {
        let answer = try await BucketBlocks(bucket).read(ulid)
        state = answer.state
        if let bytes = answer.meta, let version {
          meta = BlockCache.Entry(version, bytes.content, asReadFrom: bytes.attributes)
        }
      }
    }
    // Deletions, Thanos' and others', begin with it.
    let missing = contents.meta == nil ? "partial upload" : "deleted meanwhile"
    let row = contents.row(ulid, state, missing: missing, uploaded: contents.meta?.modified)
    return Found(row: row, meta: meta)
  }
}
