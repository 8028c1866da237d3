public import OrderedJSON
import Quantities
public import TSDB

/// What shows that an object is in the bucket as it was here.
public enum Evidence: Equatable, Sendable {
  /// The store's ETag is the one that the content gives by its rule.
  case etag
  /// The store keeps this checksum of the whole object, and checked it.
  case checksum(algorithm: String)
  /// It was read back, and its SHA-256 is that of what was sent.
  case readBack
  /// The store says no more than its size.
  case size

  /// For the receipt; scripts may go by it.
  public var name: String {
    switch self {
    case .etag: "etag"
    case .checksum(let algorithm): "checksum \(algorithm)"
    case .readBack: "read back"
    case .size: "size"
    }
  }
}

/// An object that has arrived.
public struct ObjectReceipt: Equatable, Sendable {
  /// Relative to the bucket, or its prefix.
  public var key: String
  /// Bytes.
  public var size: UInt64
  public var sha256: String?
  public var etag: String?
  /// Bytes of each part but the last; `nil` for one request, or where an earlier run had sent it.
  public var partSize: UInt64?
  public var evidence: Evidence
  /// Bytes that this run sent; the rest was there.
  public var sent: UInt64

  var document: JSONObject {
    var document: JSONObject = ["key": .string(key), "size_bytes": .integer(size)]
    document["sha256"] = sha256.map { .string($0) }
    document["etag"] = etag.map { .string($0) }
    document["part_size_bytes"] = partSize.map { .integer($0) }
    document["evidence"] = .string(evidence.name)
    document["sent_bytes"] = .integer(sent)
    return document
  }
}

/// A block that is whole in the bucket, object by object.
public struct BlockReceipt: Equatable, Sendable {
  public let ulid: ULID
  /// meta.json last.
  public internal(set) var objects: [ObjectReceipt]
  /// When its turn came, in milliseconds since 1970; `nil` for what an earlier run did.
  public let begun: Int64?
  /// When the last data object had arrived, likewise.
  public internal(set) var arrived: Int64?
  /// When meta.json had, likewise.
  public internal(set) var published: Int64?

  /// Bytes that this run sent.
  public var sent: UInt64 { objects.reduce(0) { $0 &+ $1.sent } }
  /// Bytes.
  public var size: UInt64 { objects.reduce(0) { $0 &+ $1.size } }

  /// For the receipt: times in RFC 3339.
  public var document: JSONObject {
    var document: JSONObject = [:]
    for (key, time) in [("begun", begun), ("arrived", arrived), ("published", published)] {
      document[key] = time.map { .string(Timestamp.text($0)) }
    }
    document["size_bytes"] = .integer(size)
    document["sent_bytes"] = .integer(sent)
    document["objects"] = .array(objects.map { .object($0.document) })
    return document
  }
}
