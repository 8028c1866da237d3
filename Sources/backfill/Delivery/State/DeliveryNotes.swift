import Logging
public import ObjectStore
import OrderedJSON
import Platform
import Synchronization
public import TSDB
import Thanos

/// What this sender has begun and not published: a file of JSON lines that is only ever appended to while a run lasts,
/// and written anew, without what is past, when the next one begins.
///
/// Nothing in it is believed. It says where to look; what the store and the local files say is what counts.
public final class DeliveryNotes: Sendable {
  private let file: AppendFile
  private let objects: Mutex<[String: ObjectNotes]>

  /// Reads the notes of earlier runs. A line that cannot be read (the last one of a run that was killed) is left out:
  /// the worst that follows is that something is sent again. Blocks.
  /// - Throws: `FileError`.
  init(_ path: String, logger: Logger) throws {
    var found: [String: ObjectNotes] = [:]
    for line in try Self.read(path).split(separator: 0x0A) {
      Self.apply(Array(line), to: &found, path: path, logger)
    }
    var lines: [UInt8] = []
    for (key, notes) in found.sorted(by: { $0.key < $1.key }) {
      for entry in NoteEntry.entries(of: notes) { lines += Self.line(key, entry) + [0x0A] }
    }
    try AtomicFile.write(lines, to: path)
    file = try AppendFile(path)
    objects = Mutex(found)
  }

  private static func read(_ path: String) throws -> [UInt8] {
    do {
      let file: OpenFile = try OpenFile(path)
      return try file.readAll(limit: 1 << 30)
    } catch {
      if (error as FileError).code == .notFound { return [] }  // the first run
      throw error
    }
  }

  private static func apply(_ line: [UInt8], to found: inout [String: ObjectNotes], path: String, _ logger: Logger) {
    let document = (try? JSONValue(parsing: line))?.object
    if let ulid = document?["published"]?.string.flatMap({ ULID($0) }) {
      Self.forget(ulid, in: &found)
    } else if let document, let key = document["key"]?.string, let entry = NoteEntry(document) {
      entry.apply(to: &found[key, default: ObjectNotes()])
    } else {
      logger.debug("a line of the notes is torn, or of another version", metadata: ["file": "\(path)"])
    }
  }

  private static func forget(_ ulid: ULID, in found: inout [String: ObjectNotes]) {
    let prefix = BlockObjects(ulid).prefix
    for key in found.keys where key.hasPrefix(prefix) { found[key] = nil }
  }

  private static func line(_ key: String, _ entry: NoteEntry) -> [UInt8] {
    var document: JSONObject = ["key": .string(key)]
    for member in entry.document.members { document[member.key] = member.value }
    return JSONValue.object(document).bytes()
  }

  /// What is noted of an object.
  public func notes(of key: String) -> ObjectNotes { objects.withLock { $0[key] ?? ObjectNotes() } }

  /// Every upload in parts that was left unfinished, by its key.
  public var unfinished: [String: UnfinishedUpload] {
    objects.withLock { $0.compactMapValues(\.unfinished) }
  }

  /// Every block of which something is noted.
  var blocks: Set<ULID> {
    objects.withLock { Set($0.keys.compactMap { $0.split(separator: "/").first.flatMap { ULID($0) } }) }
  }

  /// Notes that a block is whole in the bucket: nothing that was noted of it is needed any more.
  /// - Throws: `FileError`.
  public func published(_ ulid: ULID) async throws {
    objects.withLock { Self.forget(ulid, in: &$0) }
    let line = JSONValue.object(["published": .string(ulid.description)]).bytes()
    try await BlockingPool.shared.run { [file] in try file.append(line, durably: true) }
  }

  func arrived(_ key: String, _ arrived: ObjectNotes.Arrived) async throws { try await add(.arrived(arrived), to: key) }

  func lost(_ key: String) async throws { try await add(.lost, to: key) }

  func forgetUpload(_ key: String) async throws { try await add(.end, to: key) }

  fileprivate func add(_ entry: NoteEntry, to key: String) async throws {
    objects.withLock { entry.apply(to: &$0[key, default: ObjectNotes()]) }
    let line = Self.line(key, entry)
    // A part that is noted too late is found by asking the store.
    var durably = true
    if case .took = entry { durably = false }
    try await BlockingPool.shared.run { [file, durably] in try file.append(line, durably: durably) }
  }

  /// The journal of one object's upload.
  func journal(of key: String, now: @escaping @Sendable () -> Int64) -> any UploadJournal {
    ObjectJournal(notes: self, key: key, now: now)
  }
}

private struct ObjectJournal: UploadJournal {
  let notes: DeliveryNotes
  let key: String
  let now: @Sendable () -> Int64

  func unfinished() async -> UnfinishedUpload? { notes.notes(of: key).unfinished }
  func begin(partSize: UInt64) async throws { try await notes.add(.begin(time: now(), partSize: partSize), to: key) }
  func began(id: String) async throws { try await notes.add(.began(id: id), to: key) }
  func took(_ part: UploadedPart) async throws { try await notes.add(.took(part), to: key) }
  func end() async throws { try await notes.forgetUpload(key) }
}
