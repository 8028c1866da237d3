public import OrderedJSON

/// A block's meta.json: what Prometheus says of the block, and the document it stands in.
///
/// The document is kept whole, so that keys which this program does not know survive when it is written again.
public struct BlockMeta: Equatable, Sendable {
  public let ulid: ULID
  /// Milliseconds since 1970, inclusive.
  public let minTime: Int64
  /// Milliseconds since 1970, exclusive.
  public let maxTime: Int64
  public let stats: Stats
  public let compaction: Compaction
  /// Everything that the file says; empty in `withoutDocument`.
  public private(set) var document: JSONObject

  /// Counts over the whole block. What the file leaves out is 0.
  public struct Stats: Equatable, Sendable {
    public let samples: Int64
    public let floatSamples: Int64
    public let histogramSamples: Int64
    public let series: Int64
    public let chunks: Int64
    public let tombstones: Int64
  }

  public struct Compaction: Equatable, Sendable {
    /// 1 for a block cut from the head, more for one that was compacted from others.
    public let level: Int64
    /// The level-1 blocks whose data went in.
    public let sources: [ULID]
    public let failed: Bool
    /// `from-out-of-order`, `from-stale-series`, …
    public let hints: [String]
  }

  public static let fileName = "meta.json"

  /// Larger files are no meta.json; this bounds what is read into memory. Bytes.
  public static let sizeLimit: UInt64 = 16 << 20

  /// Reads a meta.json.
  /// - Parameter file: its path or key, for errors.
  /// - Throws: `TSDBError` for text that is no JSON, a version other than 1 and missing or impossible values.
  public init(parsing bytes: [UInt8], file: String) throws(TSDBError) {
    let document: JSONObject
    do throws(JSONError) {
      document = try JSONValue(parsing: bytes).object ?? [:]
    } catch {
      let empty = bytes.isEmpty ? "nothing, the file is empty" : nil
      throw TSDBError(
        code: .malformed, file: file, offset: UInt64(error.offset), expected: "JSON with \(error.expected)", found: empty)
    }
    try self.init(document, file: file)
  }

  /// Reads the meta.json of a certain block.
  /// - Throws: `TSDBError`, also for the meta.json of another block.
  public init(parsing bytes: [UInt8], file: String, of ulid: ULID) throws(TSDBError) {
    try self.init(parsing: bytes, file: file)
    guard self.ulid == ulid else {
      throw TSDBError(
        code: .malformed, file: file, offset: 0, expected: "the ULID of the folder, \(ulid)", found: "\(self.ulid)")
    }
  }

  /// Reads an already parsed document.
  public init(_ document: JSONObject, file: String) throws(TSDBError) {
    let fields = MetaFields(object: document, file: file)
    let version = try fields.integer("version", default: 1)
    guard version == 1 else {
      throw TSDBError(
        code: .unsupportedVersion, file: file, offset: 0, expected: "version 1 of meta.json", found: "\(version)")
    }
    self.document = document
    ulid = try fields.ulid("ulid")
    minTime = try fields.integer("minTime")
    maxTime = try fields.integer("maxTime")
    guard minTime <= maxTime else {
      throw fields.error("a maxTime that is not before minTime \(minTime)", found: "\(maxTime)")
    }
    let stats = try fields.object("stats")
    self.stats = Stats(
      samples: try stats.integer("numSamples", default: 0),
      floatSamples: try stats.integer("numFloatSamples", default: 0),
      histogramSamples: try stats.integer("numHistogramSamples", default: 0),
      series: try stats.integer("numSeries", default: 0),
      chunks: try stats.integer("numChunks", default: 0),
      tombstones: try stats.integer("numTombstones", default: 0))
    let compaction = try fields.object("compaction")
    self.compaction = Compaction(
      level: try compaction.integer("level", default: 0),
      sources: try compaction.ulids("sources"),
      failed: document["compaction"]?.object?["failed"]?.bool ?? false,
      hints: document["compaction"]?.object?["hints"]?.array?.compactMap(\.string) ?? [])
  }
}

extension BlockMeta {
  /// The values alone, for whoever holds many of them and writes none.
  public var withoutDocument: BlockMeta {
    var meta = self
    meta.document = [:]
    return meta
  }
}

/// Reads typed values out of a part of a meta.json and names the key where one is wrong.
private struct MetaFields {
  let object: JSONObject
  let file: String
  var path = ""

  func error(_ expected: String, found: String? = nil) -> TSDBError {
    TSDBError(code: .malformed, file: file, offset: 0, expected: expected, found: found)
  }

  func integer(_ key: String, default fallback: Int64? = nil) throws(TSDBError) -> Int64 {
    switch object[key] {
    case nil, .null?:
      if let fallback { return fallback }
      throw error("the key \"\(path)\(key)\"", found: "none")
    case let value?:
      guard let number = value.int64 else {
        throw error("a whole number of 64 bits in \"\(path)\(key)\"", found: value.text())
      }
      return number
    }
  }

  func ulid(_ key: String) throws(TSDBError) -> ULID {
    guard let text = object[key]?.string, let ulid = ULID(text) else {
      throw error("a ULID in \"\(path)\(key)\"", found: object[key]?.text() ?? "none")
    }
    return ulid
  }

  func ulids(_ key: String) throws(TSDBError) -> [ULID] {
    var ulids: [ULID] = []
    for element in object[key]?.array ?? [] {
      guard let text = element.string, let ulid = ULID(text) else {
        throw error("ULIDs in \"\(path)\(key)\"", found: element.text())
      }
      ulids.append(ulid)
    }
    return ulids
  }

  /// A nested object; an empty one where the key is missing.
  func object(_ key: String) throws(TSDBError) -> MetaFields {
    switch object[key] {
    case nil, .null?: return MetaFields(object: [:], file: file, path: path + key + ".")
    case .object(let nested)?: return MetaFields(object: nested, file: file, path: path + key + ".")
    case let value?: throw error("an object in \"\(path)\(key)\"", found: value.text())
    }
  }
}
