import ObjectStore
import TSDB
import Thanos

/// What a bucket has of a block: the objects that belong into a copy, by the bucket's own listing.
///
/// Keys are never made of what meta.json says: it can only be found wrong.
struct BlockContents: Sendable {
  /// An object below the block's prefix.
  struct Object: Sendable {
    /// Inside the block.
    let path: String
    let attributes: ObjectAttributes
  }

  /// Why the block cannot be copied as the bucket lists it, in words.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  let ulid: ULID
  /// Sorted by path; meta.json and deletion marks left out. No-compact and no-downsample marks are among them: they
  /// protect the block there as they did here.
  private(set) var objects: [Object] = []
  /// meta.json as listed.
  private(set) var meta: ObjectAttributes?
  /// Whether Thanos is about to delete the block.
  private(set) var isMarkedForDeletion = false

  /// Bytes, meta.json left out.
  var size: UInt64 { objects.reduce(0) { $0 &+ $1.attributes.size } }
  var isEmpty: Bool { objects.isEmpty && meta == nil }

  /// Lists a block.
  /// - Throws: `BucketError`; `Refusal` for names that would leave the block's prefix.
  init(of ulid: ULID, in bucket: any Bucket) async throws {
    var listed: [ListedObject] = []
    try await bucket.forEachPage(prefix: BlockObjects(ulid).prefix, style: .recursive) { listed += $0.objects }
    try self.init(of: ulid, listed: listed)
  }

  init(of ulid: ULID, listed: [ListedObject]) throws(Refusal) {
    self.ulid = ulid
    let keys = BlockObjects(ulid)
    for object in listed {
      guard let path = keys.path(ofKey: object.key) else { throw Self.hostile(object.key) }
      // Some stores list a folder as an object that ends in a slash and holds nothing.
      if path.utf8.isEmpty || path.utf8.last == UInt8(ascii: "/") && object.attributes.size == 0 { continue }
      guard keys.key(ofFile: path) != nil else { throw Self.hostile(object.key) }
      switch path {
      case BlockMeta.fileName: meta = object.attributes
      case Marker.Kind.deletion.fileName: isMarkedForDeletion = true
      default: objects.append(Object(path: path, attributes: object.attributes))
      }
    }
    objects.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func hostile(_ key: String) -> Refusal {
    Refusal(description: "the source lists \"\(key)\", which is no name inside a block; nothing of it is copied")
  }

  /// Holds the listing against what meta.json says of the files.
  /// - Throws: `Refusal` for a file that is missing or of another size.
  func check(against section: ThanosSection?) throws(Refusal) {
    // By bytes: as a `String`, two names can be equal that are not the same.
    let sizes = Dictionary(
      objects.map { (Array($0.path.utf8), $0.attributes.size) }, uniquingKeysWith: { first, _ in first })
    for file in section?.files ?? [] where file.path != BlockMeta.fileName {
      guard let size = sizes[Array(file.path.utf8)] else { throw Self.incomplete("\(file.path) is missing") }
      if let listed = file.size, listed != size {
        throw Self.incomplete("\(file.path) has \(size) bytes and should have \(listed)")
      }
    }
    // Old blocks have no list of files.
    if sizes[Array(BlockFolder.indexName.utf8)] == nil { throw Self.incomplete("\(BlockFolder.indexName) is missing") }
  }

  private static func incomplete(_ what: String) -> Refusal {
    Refusal(description: "the source has it damaged: \(what); verify says more")
  }

  /// What another bucket's copy of the block lacks, in words; `nil` if all is there. Marks are each bucket's own affair.
  func difference(from copy: BlockContents) -> String? {
    let there = Dictionary(
      copy.objects.map { (Array($0.path.utf8), $0.attributes.size) }, uniquingKeysWith: { first, _ in first })
    for object in objects where !Self.marks.contains(object.path) {
      guard let size = there[Array(object.path.utf8)] else { return "\(object.path) is missing there" }
      if size != object.attributes.size {
        return "\(object.path) has \(size) bytes there and \(object.attributes.size) in the source"
      }
    }
    return nil
  }

  private static let marks = Set(Marker.Kind.allCases.map(\.fileName))
}
