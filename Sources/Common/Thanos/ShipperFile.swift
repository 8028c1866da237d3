import OrderedJSON
import Platform
public import TSDB

/// `thanos.shipper.json`: which blocks a sidecar takes for uploaded.
///
/// Prometheus reads it too, to put off compaction (`--storage.tsdb.delay-compact-file.path`), so only wholly uploaded
/// blocks may stand in it (thanos#934).
public struct ShipperFile: Equatable, Sendable {
  public static let fileName = "thanos.shipper.json"

  public var uploaded: [ULID]

  public init(uploaded: [ULID]) { self.uploaded = uploaded }

  /// - Throws: `TSDBError` for another version or what is no such file.
  public init(parsing bytes: [UInt8], file: String) throws(TSDBError) {
    let object: JSONObject?
    do throws(JSONError) {
      object = try JSONValue(parsing: bytes).object
    } catch {
      throw TSDBError(
        code: .malformed, file: file, offset: UInt64(error.offset), expected: "JSON with \(error.expected)")
    }
    guard object?["version"]?.int64 == 1 else {
      throw TSDBError(
        code: .unsupportedVersion, file: file, offset: 0, expected: "version 1 of \(Self.fileName)",
        found: object?["version"]?.text())
    }
    var uploaded: [ULID] = []
    for element in object?["uploaded"]?.array ?? [] {
      guard let ulid = element.string.flatMap(ULID.init) else {
        throw TSDBError(code: .malformed, file: file, offset: 0, expected: "ULIDs in \"uploaded\"", found: element.text())
      }
      uploaded.append(ulid)
    }
    self.uploaded = uploaded
  }

  /// The file as Thanos writes it: tab-indented, with a line break at its end.
  public var bytes: [UInt8] {
    let object: JSONObject = [
      "version": .integer(1), "uploaded": .array(uploaded.map { .string($0.description) }),
    ]
    return JSONValue.object(object).bytes(indent: "\t") + [0x0A]
  }

  /// Replaces the file at `path`, atomically. Blocks.
  public func write(to path: String) throws { try AtomicFile.write(bytes, to: path) }
}
