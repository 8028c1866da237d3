import OrderedJSON
public import TSDB

/// A small file beside a block's meta.json that tells Thanos' components what not to do with the block, or to delete it.
public struct Marker: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case deletion
    case noCompact = "no-compact"
    case noDownsample = "no-downsample"

    /// Thanos' `pkg/block/metadata/markers.go`.
    public var fileName: String { "\(rawValue)-mark.json" }

    var timeKey: String {
      switch self {
      case .deletion: "deletion_time"
      case .noCompact: "no_compact_time"
      case .noDownsample: "no_downsample_time"
      }
    }
  }

  public let kind: Kind
  public let ulid: ULID
  /// Seconds since 1970, as the file has it.
  public let time: Int64
  public let details: String
  /// Why the block is left out of compaction or downsampling; empty for deletions.
  public let reason: String

  /// - Throws: `TSDBError` for what is no marker of this kind.
  public init(parsing bytes: [UInt8], kind: Kind, file: String) throws(TSDBError) {
    let object: JSONObject?
    do throws(JSONError) {
      object = try JSONValue(parsing: bytes).object
    } catch {
      throw TSDBError(
        code: .malformed, file: file, offset: UInt64(error.offset), expected: "JSON with \(error.expected)")
    }
    guard let object, object["version"]?.int64 == 1, let ulid = object["id"]?.string.flatMap(ULID.init) else {
      throw TSDBError(code: .malformed, file: file, offset: 0, expected: "a \(kind.fileName) of version 1 with a ULID in \"id\"")
    }
    self.kind = kind
    self.ulid = ulid
    time = object[kind.timeKey]?.int64 ?? 0
    details = object["details"]?.string ?? ""
    reason = object["reason"]?.string ?? ""
  }
}
