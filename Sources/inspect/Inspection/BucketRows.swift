import ObjectStore
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
    return try await withThrowingTaskGroup(of: Found.self) { group in
      var rows: [BlockRow] = []
      var read: [ULID: BlockCache.Entry] = [:]
      func take(_ found: Found) {
        rows.append(found.row)
        read[found.row.ulid] = found.meta
      }
      for (number, (ulid, contents)) in blocks.enumerated() {
        if number >= BlockSource.requests, let found = try await group.next() { take(found) }
        group.addTask { try await self.found(ulid, contents, known[ulid]) }
      }
      for try await found in group { take(found) }
      await cache?.keep(read, over: known, areAll: ids.isEmpty)
      return rows
    }
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
