public import OrderedJSON
public import TSDB

/// Writes the meta.json under which a local block goes into the bucket.
public struct UploadedMeta: Sendable {
  public var labels: ExternalLabels
  public var source: String
  /// Names in `chunks/`, in order.
  public var segments: [String]
  /// Every file that is uploaded, meta.json left out.
  public var files: [ThanosSection.File]
  public var indexStatistics: IndexStatistics
  /// RFC 3339. Without it Thanos' consistency delay goes by the ULID's age.
  public var uploadTime: String

  public init(
    labels: ExternalLabels, source: String, segments: [String], files: [ThanosSection.File],
    indexStatistics: IndexStatistics, uploadTime: String
  ) {
    self.labels = labels
    self.source = source
    self.segments = segments
    self.files = files
    self.indexStatistics = indexStatistics
    self.uploadTime = uploadTime
  }

  /// The original document with its `thanos` section set. Keys that are not ours stay, at every level, in their order.
  public func document(of original: BlockMeta) -> JSONObject {
    var section = original.document[ThanosSection.key]?.object ?? [:]
    section["version"] = section["version"] ?? .integer(1)
    section["labels"] = .object(
      labels.labels.reduce(into: [:] as JSONObject) { $0[$1.name] = .string($1.value) })
    var downsample = section["downsample"]?.object ?? [:]
    downsample["resolution"] = downsample["resolution"] ?? .integer(0)
    section["downsample"] = .object(downsample)
    section["source"] = .string(source)
    section["segment_files"] = .array(segments.map { .string($0) })
    section["files"] = .array(fileList())
    section["index_stats"] = .object(indexStatistics.document)
    section["upload_time"] = .string(uploadTime)
    var document = original.document
    document[ThanosSection.key] = .object(section)
    return document
  }

  /// Sorted by path as bytes, meta.json among them with neither size nor hash, as it cannot know its own.
  private func fileList() -> [JSONValue] {
    let all = files + [ThanosSection.File(path: BlockMeta.fileName, size: nil, sha256: nil)]
    return all.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }.map { file in
      var entry: JSONObject = ["rel_path": .string(file.path)]
      entry["size_bytes"] = file.size.map { .integer($0) }
      entry["hash"] = file.sha256.map { .object(["hashFunc": .string("SHA256"), "value": .string($0)]) }
      return .object(entry)
    }
  }
}
