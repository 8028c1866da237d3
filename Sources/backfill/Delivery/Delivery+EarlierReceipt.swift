import ObjectStore
public import TSDB
import Thanos

extension Delivery {
  /// The receipt of a block that an earlier run published and could not put on record any more: of what it noted, as far
  /// as the bucket and the local files still say the same.
  /// - Parameter files: bytes of the block's data files, by their paths inside it.
  /// - Returns: `nil` where any of its objects was not noted, or is another by now.
  public func receipt(ofPublished ulid: ULID, files: [String: UInt64]) async -> BlockReceipt? {
    let objects = BlockObjects(ulid)
    let noted = files.keys.sorted().compactMap { path in
      notes.notes(of: objects.prefix + path).arrived.map { (path: path, arrived: $0) }
    }
    guard !noted.isEmpty, noted.count == files.count,
      let stored = try? await bucket.objects(below: objects.prefix)
    else { return nil }
    var receipts: [ObjectReceipt] = []
    for (path, arrived) in noted {
      let key = objects.prefix + path
      guard let there = stored[key], there.size == arrived.size, there.size == files[path], there.etag == arrived.etag
      else { return nil }
      let isProven = there.etag != nil && arrived.expectedETag == there.etag
      receipts.append(
        ObjectReceipt(
          key: key, size: there.size, sha256: arrived.sha256, etag: there.etag, partSize: nil,
          evidence: isProven ? .etag : .size, sent: 0))
    }
    guard let meta = stored[objects.meta] else { return nil }
    receipts.append(
      ObjectReceipt(
        key: objects.meta, size: meta.size, sha256: nil, etag: meta.etag, partSize: nil, evidence: .size, sent: 0))
    return BlockReceipt(ulid: ulid, objects: receipts, begun: nil, arrived: nil, published: nil)
  }
}
