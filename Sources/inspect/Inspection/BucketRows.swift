import ObjectStore
import TSDB
import Thanos

/// The blocks of a bucket as rows. Sizes come from `thanos.files`, and from a listing where those are missing.
struct BucketRows: Sendable {
  let bucket: any Bucket

  /// Listings at a time; meta.json files are bounded by `BucketBlocks`.
  private let concurrency = 16

  /// Folders without any object, which some stores list for a while after a deletion, are no blocks.
  func all() async throws -> [BlockRow] {
    let blocks = try await BucketBlocks(bucket).all()
    return try await withThrowingTaskGroup(of: BlockRow?.self) { group in
      var rows: [BlockRow?] = []
      for (number, block) in blocks.enumerated() {
        if number >= concurrency, let row = try await group.next() { rows.append(row) }
        group.addTask { try await row(block) }
      }
      for try await row in group { rows.append(row) }
      return rows.compactMap { $0 }
    }
  }

  private func row(_ block: BucketBlock) async throws -> BlockRow? {
    let state =
      switch block.state {
      case .whole: BlockRow.ok
      case .partial: "partial upload"
      case .unreadable(let error): "unreadable: \(error)"
      }
    var sizes = block.listedSizes
    if sizes == nil { sizes = try await sizesByListing(block) }
    if case .partial = block.state, sizes == nil { return nil }
    return BlockRow(ulid: block.ulid, description: block.description, sizes: sizes, state: state)
  }

  /// - Returns: `nil` if there is no object.
  private func sizesByListing(_ block: BucketBlock) async throws -> BlockSizes? {
    var sizes: BlockSizes?
    try await bucket.forEachPage(prefix: block.objects.prefix, style: .recursive) { page in
      for object in page.objects {
        guard let path = block.objects.path(ofKey: object.key) else { continue }
        sizes = sizes ?? BlockSizes()
        sizes?.add(path, bytes: object.attributes.size)
      }
    }
    return sizes
  }
}

extension BucketBlock {
  /// The sizes that meta.json lists, `nil` if it does not list those of index and chunks.
  fileprivate var listedSizes: BlockSizes? {
    guard case .whole(let description) = state, let files = description.thanos?.files, !files.isEmpty else { return nil }
    var sizes = BlockSizes()
    for file in files where file.path != BlockMeta.fileName {
      guard let size = file.size else { return nil }
      sizes.add(file.path, bytes: size)
    }
    guard sizes.index > 0 else { return nil }
    sizes.add(BlockMeta.fileName, bytes: UInt64(metaSize))
    return sizes
  }
}
