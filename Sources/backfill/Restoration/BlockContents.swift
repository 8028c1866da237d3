import ObjectStore
import TSDB
import Thanos

/// A file that is to be restored, as the bucket has it now.
struct RestorableFile: Sendable, Equatable {
  /// Below the block's folder: `index`, `chunks/000001`.
  let path: String
  let key: String
  let attributes: ObjectAttributes
  /// As meta.json lists it, in lower-case hexadecimal.
  let sha256: String?

  /// Bytes.
  var size: UInt64 { attributes.size }
}

/// What a bucket has of a block: the files to restore, and what stays behind.
struct BlockContents: Sendable {
  /// Sorted by path, meta.json left out.
  var files: [RestorableFile] = []
  /// Objects that are no part of a block, markers left out.
  var strays: [String] = []
  /// Whether Thanos is about to delete the block.
  var isMarkedForDeletion = false

  /// Bytes, meta.json left out.
  var size: UInt64 { files.reduce(0) { $0 &+ $1.size } }

  /// Why a block cannot be restored as the bucket has it, in words.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// Lists a block and holds the listing against meta.json.
  /// - Throws: `BucketError`; `Refusal` for names that would leave the folder, for what is missing or of another size.
  init(of block: BlockDescription, in bucket: any Bucket) async throws {
    let objects = BlockObjects(block.ulid)
    var listed: [ListedObject] = []
    try await bucket.forEachPage(prefix: objects.prefix, style: .recursive) { listed += $0.objects }
    try self.init(of: block, listed: listed)
  }

  init(of block: BlockDescription, listed: [ListedObject]) throws(Refusal) {
    let objects = BlockObjects(block.ulid)
    let wanted = try Self.wanted(block)
    for object in listed {
      guard let path = objects.path(ofKey: object.key) else { continue }
      // Some stores list a folder as an object that ends in a slash and holds nothing.
      if path.utf8.isEmpty || (path.utf8.last == UInt8(ascii: "/") && object.attributes.size == 0) { continue }
      let name = BlockFileName(path)
      switch name {
      case .hostile: throw Self.hostile(path, "the bucket has")
      case .meta: break
      case .other:
        if path == Marker.Kind.deletion.fileName { isMarkedForDeletion = true }
        if !Marker.Kind.allCases.map(\.fileName).contains(path) { strays.append(object.key) }
      case .index, .tombstones, .segment:
        guard let path = name.path else { break }
        // Tombstones are no file of Thanos', so that no list names them; without a list, everything counts.
        guard wanted.isEmpty || wanted[path] != nil || name == .tombstones else {
          strays.append(object.key)
          break
        }
        files.append(
          RestorableFile(
            path: path, key: object.key, attributes: object.attributes, sha256: wanted[path]?.sha256?.lowercased()))
      }
    }
    files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    try hold(against: wanted)
  }

  /// What meta.json lists, by path.
  private static func wanted(_ block: BlockDescription) throws(Refusal) -> [String: ThanosSection.File] {
    var wanted: [String: ThanosSection.File] = [:]
    for file in block.thanos?.files ?? [] {
      let name = BlockFileName(file.path)
      if name == .hostile { throw hostile(file.path, "meta.json lists") }
      guard let path = name.path, name != .meta else { continue }
      guard wanted.updateValue(file, forKey: path) == nil else {
        throw Refusal(description: "meta.json lists \(path) twice")
      }
    }
    return wanted
  }

  private func hold(against wanted: [String: ThanosSection.File]) throws(Refusal) {
    let sizes = Dictionary(files.map { ($0.path, $0.size) }, uniquingKeysWith: { first, _ in first })
    guard sizes.count == files.count else { throw Refusal(description: "the bucket lists a file of it twice") }
    for (path, file) in wanted.sorted(by: { $0.key < $1.key }) {
      guard let size = sizes[path] else { throw Self.incomplete("\(path) is missing") }
      if let listed = file.size, listed != size {
        throw Self.incomplete("\(path) has \(size) bytes and should have \(listed)")
      }
    }
    if sizes[BlockFolder.indexName] == nil { throw Self.incomplete("\(BlockFolder.indexName) is missing") }
  }

  private static func incomplete(_ what: String) -> Refusal {
    Refusal(description: "the bucket has it damaged: \(what); verify says more")
  }

  private static func hostile(_ path: String, _ where: String) -> Refusal {
    Refusal(
      description: "\(`where`) \"\(path)\", which is no name of a block's file and could leave its folder; nothing"
        + " of it is restored")
  }
}
