import TSDB
import Thanos

/// What a name that a bucket gives to a file of a block is worth. Nothing in a bucket is trusted: a name becomes a path on
/// this machine only if it is one that Prometheus itself gives.
enum BlockFileName: Equatable {
  case meta
  case index
  case tombstones
  /// A segment, by its name in `chunks`: six digits.
  case segment(String)
  /// A marker, or something else that does no harm and is no part of the block: it stays behind.
  case other
  /// It would lead out of the block's folder, or be taken by Prometheus for what it is not.
  case hostile

  /// - Parameter path: relative to the block.
  init(_ path: String) {
    // By bytes: to a `String`, a slash and a combining mark after it are one character.
    let bytes = Array(path.utf8)
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
    }
    // Control characters have no place in a name either, and a backslash separates folders elsewhere.
    guard isPlain, !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }) else {
      self = .hostile
      return
    }
    if parts.first.map({ $0.elementsEqual(BlockFolder.chunksName.utf8) }) == true {
      let name = parts.count == 2 ? Array(parts[1]) : []
      self = Self.isSegment(name) ? .segment(String(decoding: name, as: UTF8.self)) : .hostile
    } else if bytes.elementsEqual(BlockMeta.fileName.utf8) {
      self = .meta
    } else if bytes.elementsEqual(BlockFolder.indexName.utf8) {
      self = .index
    } else if bytes.elementsEqual(BlockFolder.tombstonesName.utf8) {
      self = .tombstones
    } else {
      // A folder in the place of a file would keep that file from being written.
      let first = String(decoding: parts.first ?? [], as: UTF8.self)
      let reserved = [BlockMeta.fileName, BlockFolder.indexName, BlockFolder.tombstonesName]
      self = parts.count > 1 && reserved.contains(first) ? .hostile : .other
    }
  }

  private static func isSegment(_ name: [UInt8]) -> Bool {
    name.count == 6 && name.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      && name.contains { $0 != UInt8(ascii: "0") }
  }

  /// The path below the block's folder, made here and not taken from the bucket; `nil` for what is not restored.
  var path: String? {
    switch self {
    case .meta: BlockMeta.fileName
    case .index: BlockFolder.indexName
    case .tombstones: BlockFolder.tombstonesName
    case .segment(let name): "\(BlockFolder.chunksName)/\(name)"
    case .other, .hostile: nil
    }
  }
}
