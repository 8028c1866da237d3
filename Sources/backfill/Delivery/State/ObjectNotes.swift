public import ObjectStore
import OrderedJSON

/// What is known of one object that is on its way, or has arrived while its block is not published yet.
public struct ObjectNotes: Equatable, Sendable {
  /// An upload in parts that was not finished.
  public var unfinished: UnfinishedUpload?
  /// The object as it was when it had arrived.
  public var arrived: Arrived?

  public struct Arrived: Equatable, Sendable {
    /// Bytes.
    public var size: UInt64
    /// Of what was sent, in lower-case hexadecimal.
    public var sha256: String?
    /// As the store gave it.
    public var etag: String?
    /// As the content gives it, where the store's ETags are checksums.
    public var expectedETag: String?
    /// Of the whole object, as the store was given it to keep.
    public var checksum: ObjectChecksum?
  }
}

/// A change to the notes: one line of the file.
enum NoteEntry: Equatable {
  case begin(time: Int64, partSize: UInt64)
  case began(id: String)
  case took(UploadedPart)
  case end
  case arrived(ObjectNotes.Arrived)
  /// What the store has is not what was sent.
  case lost

  func apply(to notes: inout ObjectNotes) {
    switch self {
    case .begin(let time, let partSize):
      notes.unfinished = UnfinishedUpload(id: nil, begun: time, partSize: partSize, parts: [])
    case .began(let id): notes.unfinished?.id = id
    case .took(let part):
      notes.unfinished?.parts.removeAll { $0.number == part.number }
      notes.unfinished?.parts.append(part)
    case .end: notes.unfinished = nil
    case .lost: notes = ObjectNotes()
    case .arrived(let arrived):
      notes.arrived = arrived
      notes.unfinished = nil
    }
  }

  /// The fewest entries that lead to these notes.
  static func entries(of notes: ObjectNotes) -> [NoteEntry] {
    var entries: [NoteEntry] = []
    if let arrived = notes.arrived { entries.append(.arrived(arrived)) }
    if let upload = notes.unfinished {
      entries.append(.begin(time: upload.begun, partSize: upload.partSize))
      if let id = upload.id { entries.append(.began(id: id)) }
      entries += upload.parts.map { .took($0) }
    }
    return entries
  }

  // MARK: Lines

  var document: JSONObject {
    switch self {
    case .begin(let time, let partSize): ["begin": .integer(time), "part_size": .integer(partSize)]
    case .began(let id): ["upload": .string(id)]
    case .took(let part):
      {
        var document: JSONObject = ["part": .integer(part.number), "etag": .string(part.etag)]
        document["md5"] = part.md5.map { .string($0) }
        document["crc32c"] = part.crc32c.map { .integer(UInt64($0)) }
        document["size"] = .integer(part.size)
        return document
      }()
    case .end: ["end": .bool(true)]
    case .lost: ["lost": .bool(true)]
    case .arrived(let arrived):
      {
        var document: JSONObject = ["arrived": .integer(arrived.size)]
        document["sha256"] = arrived.sha256.map { .string($0) }
        document["etag"] = arrived.etag.map { .string($0) }
        document["expected_etag"] = arrived.expectedETag.map { .string($0) }
        document["checksum"] = arrived.checksum.map {
          .object(["algorithm": .string($0.algorithm), "value": .string($0.value)])
        }
        return document
      }()
    }
  }

  /// - Returns: `nil` for a line that this version does not know.
  init?(_ document: JSONObject) {
    func bytes(_ key: String) -> UInt64? { document[key]?.int64.flatMap { UInt64(exactly: $0) } }
    if let time = document["begin"]?.int64, let partSize = bytes("part_size") {
      self = .begin(time: time, partSize: partSize)
    } else if let id = document["upload"]?.string {
      self = .began(id: id)
    } else if let number = document["part"]?.int64, let etag = document["etag"]?.string, let size = bytes("size") {
      self = .took(
        UploadedPart(
          number: Int(clamping: number), etag: etag, md5: document["md5"]?.string,
          crc32c: bytes("crc32c").flatMap { UInt32(exactly: $0) }, size: size))
    } else if let size = bytes("arrived") {
      self = .arrived(
        ObjectNotes.Arrived(
          size: size, sha256: document["sha256"]?.string, etag: document["etag"]?.string,
          expectedETag: document["expected_etag"]?.string, checksum: Self.checksum(document["checksum"]?.object)))
    } else if document["end"]?.bool == true {
      self = .end
    } else if document["lost"]?.bool == true {
      self = .lost
    } else {
      return nil
    }
  }

  private static func checksum(_ document: JSONObject?) -> ObjectChecksum? {
    guard let algorithm = document?["algorithm"]?.string, let value = document?["value"]?.string else { return nil }
    return ObjectChecksum(algorithm: algorithm, value: value)
  }
}
