import ObjectStore
import TSDB
import Thanos

/// An object that a block needs.
struct ExpectedObject: Sendable {
  /// Relative to the block.
  let path: String
  let key: String
  /// Bytes in the bucket.
  let size: UInt64
  /// Bytes as meta.json lists them.
  let listedSize: UInt64?
  let sha256: String?

  var isSegment: Bool {
    let folder = BlockFolder.chunksName + "/"
    return path.hasPrefix(folder) && BlockFolder.isSegment(path.dropFirst(folder.count))
  }
}

/// The objects that a bucket has of a block.
struct ObjectListing {
  private let objects: BlockObjects
  private var sizes: [(path: String, size: UInt64)] = []

  /// - Throws: `BucketError`.
  init(of objects: BlockObjects, in bucket: any Bucket) async throws {
    self.objects = objects
    var sizes: [(path: String, size: UInt64)] = []
    try await bucket.forEachPage(prefix: objects.prefix, style: .recursive) { page in
      for object in page.objects {
        if let path = objects.path(ofKey: object.key) { sizes.append((path, object.attributes.size)) }
      }
    }
    self.sizes = sizes
  }

  var isEmpty: Bool { sizes.isEmpty }

  /// Bytes of the object at a path of the block, `nil` if there is none.
  func size(of path: String) -> UInt64? {
    sizes.first { $0.path.utf8.elementsEqual(path.utf8) }?.size
  }

  /// Holds the listing against what meta.json lists and reports what is missing, of another size, or too much.
  /// - Returns: the objects that are there as they should be, index and segments at least, in the order of their paths.
  func hold(against section: ThanosSection?, _ report: inout BlockReport) -> [ExpectedObject] {
    let listed = (section?.files ?? []).filter { $0.path != BlockMeta.fileName }
    var expected: [ExpectedObject] = []
    for file in listed {
      guard let key = objects.key(ofFile: file.path) else {
        report.find(.metaMismatch, file: objects.meta, "thanos.files names \"\(file.path)\", which lies outside of the block")
        continue
      }
      guard let size = size(of: file.path) else {
        report.find(.missingObject, file: key, "meta.json lists it, the bucket does not have it")
        continue
      }
      if let wanted = file.size, wanted != size {
        report.find(.sizeMismatch, file: key, "meta.json says \(wanted) bytes, the bucket has \(size)")
      }
      expected.append(
        ExpectedObject(path: file.path, key: key, size: size, listedSize: file.size, sha256: file.sha256))
    }
    expected += unlisted(listed.map(\.path), &report)
    if size(of: Marker.Kind.deletion.fileName) != nil {
      report.find(
        .markedForDeletion, file: objects.marker(.deletion),
        "Thanos' compactor will delete the block; delete this object to keep it")
    }
    // Segments count by their place in this order.
    return expected.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Objects that meta.json does not list: those that a block needs anyway where it lists none, strays where it does.
  private func unlisted(_ listed: [String], _ report: inout BlockReport) -> [ExpectedObject] {
    let known = Set(listed.map { Array($0.utf8) } + Self.besides)
    var expected: [ExpectedObject] = []
    for (path, size) in sizes where !known.contains(Array(path.utf8)) {
      let object = ExpectedObject(
        path: path, key: objects.prefix + path, size: size, listedSize: nil, sha256: nil)
      if listed.isEmpty, object.isSegment || path == BlockFolder.indexName {
        expected.append(object)
      } else {
        report.find(.strayObject, file: object.key, "neither meta.json nor the layout of a block knows it (\(size) bytes)")
      }
    }
    if listed.isEmpty, size(of: BlockFolder.indexName) == nil {
      report.find(.missingObject, file: objects.index, "the block cannot be read without it")
    }
    return expected
  }

  /// What may lie beside a block's data: meta.json itself, markers, and the tombstones that some uploaders send.
  private static let besides: [[UInt8]] =
    ([BlockMeta.fileName, BlockFolder.tombstonesName] + Marker.Kind.allCases.map(\.fileName)).map { Array($0.utf8) }
}

extension BucketBlock {
  /// Reports a block that is not whole.
  /// - Returns: whether there is a meta.json to check the block against.
  func report(into report: inout BlockReport, metaSize: UInt64?) -> Bool {
    switch state {
    case .whole:
      report.add([], to: BlockMeta.fileName, size: metaSize ?? 0)
      return true
    case .partial:
      report.find(.partialUpload, file: objects.prefix, "no meta.json: an upload under way or broken off")
      return false
    case .unreadable(let error):
      report.find(.metaUnreadable, file: objects.meta, "\(error)")
      return false
    }
  }
}
