public import TSDB

/// Where the objects of a block lie in a bucket: `<ULID>/meta.json`, `<ULID>/index`, `<ULID>/chunks/000001`, markers.
public struct BlockObjects: Hashable, Sendable {
  public let ulid: ULID

  public init(_ ulid: ULID) { self.ulid = ulid }

  /// The prefix of all of the block's keys, with its `/`.
  public var prefix: String { "\(ulid)/" }
  public var meta: String { prefix + BlockMeta.fileName }
  public var index: String { prefix + BlockFolder.indexName }

  public func segment(_ name: String) -> String { "\(prefix)\(BlockFolder.chunksName)/\(name)" }
  public func marker(_ kind: Marker.Kind) -> String { prefix + kind.fileName }

  /// The key of a file as `thanos.files` names it, `nil` for a path that would lead out of the block.
  public func key(ofFile path: String) -> String? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else { return nil }
    return path.utf8.contains(0) ? nil : prefix + path
  }

  /// The path inside the block of one of its keys.
  public func path(ofKey key: String) -> String? {
    // By bytes: in a String a mark that combines with the slash would hide it.
    key.utf8.starts(with: prefix.utf8) ? String(decoding: key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
  }
}
