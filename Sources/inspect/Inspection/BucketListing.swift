import ObjectStore
import Platform
import TSDB
import Thanos

/// What lies in the blocks of a bucket, by few listings side by side.
///
/// A page of a flat listing has a thousand objects with size, time and ETag: some 250 blocks, at the price of one request
/// where asking each block for its markers and sizes would take several. But a flat listing of the whole bucket goes page
/// by page, and through whatever else lies there. So the names of the blocks come first, a thousand a page; what they
/// hold is then listed flat by the beginnings that their names share, many at a time.
struct BucketListing: Sendable {
  private let bucket: any Bucket
  /// Listings at a time.
  private let concurrency = 16

  init(_ bucket: any Bucket) { self.bucket = bucket }

  /// - Parameter ids: empty for all blocks.
  /// - Returns: nothing for blocks without any object, which some stores name for a while after a deletion.
  func contents(_ ids: Set<ULID>) async throws -> [ULID: BlockContents] {
    let ulids = ids.isEmpty ? try await BucketBlocks(bucket).ulids() : ids.sorted()
    let prefixes = ids.isEmpty ? ULIDPrefixes.covering(ulids) : ulids.map { BlockObjects($0).prefix }
    let parts = try await prefixes.concurrentMap(atMost: concurrency) { try await contents(below: $0) }
    return parts.reduce(into: [:]) { blocks, part in blocks.merge(part) { $1 } }
  }

  private func contents(below prefix: String) async throws -> [ULID: BlockContents] {
    var blocks: [ULID: BlockContents] = [:]
    try await bucket.forEachPage(prefix: prefix, style: .recursive) { page in
      for object in page.objects {
        let key = object.key.utf8
        guard let slash = key.firstIndex(of: UInt8(ascii: "/")),
          let ulid = ULID(String(decoding: key[..<slash], as: UTF8.self))
        else { continue }
        blocks[ulid, default: BlockContents()].add(
          String(decoding: key[key.index(after: slash)...], as: UTF8.self), object.attributes)
      }
    }
    return blocks.filter { !$0.value.files.isEmpty }
  }
}

/// Beginnings of keys that lead to all of some blocks, with a few pages of objects below each.
enum ULIDPrefixes {
  /// Blocks below one prefix: about two pages of objects.
  static let limit = 500

  /// - Parameter ulids: sorted.
  static func covering(_ ulids: [ULID], limit: Int = limit) -> [String] {
    split(ulids.map { Array($0.description.utf8) }[...], max(1, limit))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func split(_ names: ArraySlice<[UInt8]>, _ limit: Int) -> [ArraySlice<UInt8>] {
    guard let first = names.first, let last = names.last else { return [] }
    // Sorted: what the first and the last share is shared by all.
    let shared = zip(first, last).prefix { $0 == $1 }.count
    guard names.count > limit, shared < first.count else { return [first[..<shared]] }
    var parts: [ArraySlice<UInt8>] = []
    var start = names.startIndex
    for end in names.indices where end + 1 == names.endIndex || names[end + 1][shared] != names[end][shared] {
      let part = names[start...end]
      parts += part.count > limit ? split(part, limit) : [part[start][...shared]]
      start = end + 1
    }
    return parts
  }
}
