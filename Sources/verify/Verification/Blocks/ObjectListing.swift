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

  /// Whether it is index, segment or tombstones, which have a format to be checked.
  var isData: Bool { isSegment || isIndex || path == BlockFolder.tombstonesName }

  var isIndex: Bool { path == BlockFolder.indexName }

  var isSegment: Bool { Self.isSegment(path) }

  static func isSegment(_ path: String) -> Bool {
    let folder = BlockFolder.chunksName + "/"
    return path.hasPrefix(folder) && BlockFolder.isSegment(path.dropFirst(folder.count))
  }
}

/// The objects that a bucket has of a block.
struct ObjectListing: Sendable {
  private let objects: BlockObjects
  /// By the bytes of their paths in the block.
  private let held: [[UInt8]: ObjectAttributes]
  /// Paths of which it is not known whether they are there, with the reason, where listing is not permitted.
  private let unknown: [[UInt8]: String]

  /// - Throws: `BucketError`.
  init(of objects: BlockObjects, in bucket: any Bucket) async throws {
    var held: [[UInt8]: ObjectAttributes] = [:]
    try await bucket.forEachPage(prefix: objects.prefix, style: .recursive) { page in
      for object in page.objects {
        if let path = objects.path(ofKey: object.key) { held[Array(path.utf8)] = object.attributes }
      }
    }
    self.init(of: objects, held: held, unknown: [:])
  }

  init(of objects: BlockObjects, held: [[UInt8]: ObjectAttributes], unknown: [[UInt8]: String]) {
    self.objects = objects
    self.held = held
    self.unknown = unknown
  }

  var isEmpty: Bool { held.isEmpty }

  /// What the bucket says of the object at a path of the block, `nil` if there is none.
  func attributes(of path: String) -> ObjectAttributes? { held[Array(path.utf8)] }

  /// Bytes of the object at a path of the block, `nil` if there is none.
  func size(of path: String) -> UInt64? { attributes(of: path)?.size }

  /// Whether the object at a path could not be looked for.
  func isUnknown(_ path: String) -> Bool { unknown[Array(path.utf8)] != nil }

  /// Why the object at a path could not be looked for.
  func obstacle(to path: String) -> String? { unknown[Array(path.utf8)] }

  /// When the last of the objects was written, ms since 1970; `nil` where the store does not say.
  var newest: Int64? { held.values.compactMap(\.modified).max() }

  /// The kinds of marker that are there.
  var markers: [Marker.Kind] { Marker.Kind.allCases.filter { size(of: $0.fileName) != nil } }

  /// Whether there are markers and nothing that they could mark.
  var hasOnlyMarkers: Bool { !isEmpty && held.count == markers.count }

  /// Holds the listing against what meta.json lists and reports what is missing, of another size, or too much.
  /// - Returns: the objects that are there as they should be, index and segments at least, in the order of their paths.
  func hold(against section: ThanosSection?, _ report: inout BlockReport) -> [ExpectedObject] {
    let listed = (section?.files ?? []).filter { $0.path != BlockMeta.fileName }
    var seen: Set<[UInt8]> = []
    var expected: [ExpectedObject] = []
    for file in listed where seen.insert(Array(file.path.utf8)).inserted {
      if let object = hold(file, &report) { expected.append(object) }
    }
    expected += unlisted(seen, &report)
    // Segments count by their place in this order.
    return expected.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private func hold(_ file: ThanosSection.File, _ report: inout BlockReport) -> ExpectedObject? {
    guard let key = objects.key(ofFile: file.path) else {
      report.find(
        .metaMismatch, file: objects.meta, "thanos.files names \"\(file.path)\", which lies outside of the block")
      return nil
    }
    guard let size = size(of: file.path) else {
      if !isUnknown(file.path) {
        report.find(.missingObject, file: key, "meta.json lists it, the bucket does not have it")
      }
      return nil
    }
    if let wanted = file.size, wanted != size {
      report.find(.sizeMismatch, file: key, "meta.json says \(wanted) bytes, the bucket has \(size)")
    }
    return ExpectedObject(path: file.path, key: key, size: size, listedSize: file.size, sha256: file.sha256)
  }

  /// Objects that meta.json does not list: those that a block needs anyway, and strays.
  private func unlisted(_ listed: Set<[UInt8]>, _ report: inout BlockReport) -> [ExpectedObject] {
    var expected: [ExpectedObject] = []
    let needed = Needed(besides: listed)
    let others = held.filter { !listed.contains($0.key) && !Self.besides.contains($0.key) }
    for (bytes, attributes) in others.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let path = String(decoding: bytes, as: UTF8.self)
      let object = ExpectedObject(
        path: path, key: objects.prefix + path, size: attributes.size, listedSize: nil, sha256: nil)
      if needed.contains(path) {
        expected.append(object)
      } else {
        report.find(
          .strayObject, file: object.key,
          "neither meta.json nor the layout of a block knows it (\(attributes.size) bytes)")
      }
    }
    reportGaps(listed, expected, &report)
    return expected
  }

  /// What the layout of a block demands, whether meta.json lists it or not, and is not there.
  private func reportGaps(_ listed: Set<[UInt8]>, _ unlisted: [ExpectedObject], _ report: inout BlockReport) {
    let hasIndex = listed.contains(Array(BlockFolder.indexName.utf8))
    if !hasIndex, size(of: BlockFolder.indexName) == nil, !isUnknown(BlockFolder.indexName) {
      report.find(.missingObject, file: objects.index, "the block cannot be read without it")
    }
    // What is listed has been looked for.
    let paths = unlisted.map(\.path) + listed.map { String(decoding: $0, as: UTF8.self) }
    for path in SegmentNames.missing(among: paths) where !isUnknown(path) {
      report.find(.missingObject, file: objects.prefix + path, "the segments before and behind it are there")
    }
  }

  /// The files that a block needs beside those that meta.json lists: where it lists none (old blocks) or lacks some,
  /// the layout says what belongs to the block.
  private struct Needed {
    private let index: Bool
    private let allSegments: Bool
    private let gaps: Set<[UInt8]>

    init(besides listed: Set<[UInt8]>) {
      let paths = listed.map { String(decoding: $0, as: UTF8.self) }
      index = !listed.contains(Array(BlockFolder.indexName.utf8))
      allSegments = !paths.contains(where: ExpectedObject.isSegment)
      gaps = Set(SegmentNames.missing(among: paths).map { Array($0.utf8) })
    }

    func contains(_ path: String) -> Bool {
      if path == BlockFolder.indexName { return index }
      return ExpectedObject.isSegment(path) && (allSegments || gaps.contains(Array(path.utf8)))
    }
  }

  /// What may lie beside a block's data: meta.json itself, markers, and the tombstones that some uploaders send.
  private static let besides: Set<[UInt8]> =
    Set(
      ([BlockMeta.fileName, BlockFolder.tombstonesName] + Marker.Kind.allCases.map(\.fileName)).map { Array($0.utf8) })
}
