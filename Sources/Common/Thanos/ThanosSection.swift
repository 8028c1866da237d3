import OrderedJSON
public import TSDB

/// The `thanos` section of a meta.json, as Thanos' `pkg/block/metadata` defines it.
public struct ThanosSection: Equatable, Sendable {
  public var labels: ExternalLabels
  public var resolution: Resolution
  /// Which program brought the block: `sidecar`, `compactor`, `bucket.upload`, …
  public var source: String
  /// Sorted by path; meta.json is among them without a size. Optional in old blocks.
  public var files: [File]
  /// As the file has it, RFC 3339.
  public var uploadTime: String?

  /// A file of the block as meta.json lists it.
  public struct File: Equatable, Sendable {
    /// Relative to the block: `chunks/000001`, `index`.
    public var path: String
    /// Bytes; `nil` where the file leaves it out (meta.json itself).
    public var size: UInt64?
    /// SHA-256 in lower-case hexadecimal, where the uploader computed it.
    public var sha256: String?

    public init(path: String, size: UInt64?, sha256: String?) {
      self.path = path
      self.size = size
      self.sha256 = sha256
    }
  }

  public static let key = "thanos"

  /// Reads the section of a block; `nil` for a block that Thanos has never seen.
  /// - Throws: `TSDBError` for a section of another version or with impossible values.
  public init?(of meta: BlockMeta, file: String) throws(TSDBError) {
    guard let value = meta.document[Self.key], value != .null else { return nil }
    func error(_ expected: String, _ found: JSONValue?) -> TSDBError {
      TSDBError(code: .malformed, file: file, offset: 0, expected: expected, found: found?.text() ?? "none")
    }
    guard let section = value.object else { throw error("an object in \"thanos\"", value) }
    // 0 stands in files from before the field existed.
    let version = section["version"]?.int64 ?? 0
    guard version == 0 || version == 1 else { throw error("version 1 of the \"thanos\" section", section["version"]) }

    var pairs: [(name: String, value: String)] = []
    for member in section["labels"]?.object?.members ?? [] {
      guard let text = member.value.string else { throw error("texts in \"thanos.labels\"", member.value) }
      pairs.append((member.key, text))
    }
    do throws(ExternalLabels.Invalid) {
      labels = try ExternalLabels(pairs)
    } catch {
      throw TSDBError(code: .malformed, file: file, offset: 0, expected: "each label once in \"thanos.labels\"")
    }
    let milliseconds = section["downsample"]?.object?["resolution"]
    guard milliseconds == nil || milliseconds?.int64 != nil else {
      throw error("milliseconds in \"thanos.downsample.resolution\"", milliseconds)
    }
    resolution = Resolution(milliseconds: milliseconds?.int64 ?? 0)
    source = section["source"]?.string ?? ""
    uploadTime = section["upload_time"]?.string
    files = []
    for entry in section["files"]?.array ?? [] {
      guard let path = entry.object?["rel_path"]?.string else { throw error("a \"rel_path\" in \"thanos.files\"", entry) }
      let size = entry.object?["size_bytes"]
      guard size == nil || (size?.int64 ?? -1) >= 0 else { throw error("bytes in \"thanos.files\"", entry) }
      let hash = entry.object?["hash"]?.object
      // Compared as text from here on.
      let sha256 = hash?["hashFunc"]?.string == "SHA256" ? hash?["value"]?.string?.lowercased() : nil
      files.append(File(path: path, size: size?.int64.map(UInt64.init), sha256: sha256))
    }
  }
}

/// How far a block is downsampled: 0 for raw samples, 5 minutes or 1 hour.
public struct Resolution: Hashable, Comparable, Sendable {
  public let milliseconds: Int64
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static let raw = Resolution(milliseconds: 0)
  public static let fiveMinutes = Resolution(milliseconds: 300_000)
  public static let oneHour = Resolution(milliseconds: 3_600_000)

  public static func < (left: Resolution, right: Resolution) -> Bool { left.milliseconds < right.milliseconds }
}
