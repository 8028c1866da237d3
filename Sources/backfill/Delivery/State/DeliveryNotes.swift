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
/// Nothing in it is believed. It says where to look; what the store and the local files say is what counts. So a run goes on
/// when its notes cannot be written any more: that costs nothing unless it is broken off.
public final class DeliveryNotes: Sendable {
  /// Of all state.
  let root: String
  private let file: AppendFile
  private let logger: Logger
  /// Whether a line could not be written. It may be there in part.
  private let hasFailed = Atomic(false)
  private let objects: Mutex<[String: ObjectNotes]>

  /// Reads the notes of earlier runs. A line that cannot be read (the last one of a run that was killed) is left out:
  /// the worst that follows is that something is sent again. Blocks.
  /// - Throws: `FileError`.
  init(_ path: String, root: String, logger: Logger) throws {
    self.root = root
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
    self.logger = logger
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
  public func published(_ ulid: ULID) async {
    objects.withLock { Self.forget(ulid, in: &$0) }
    await write(JSONValue.object(["published": .string(ulid.description)]).bytes(), durably: true)
  }

  func arrived(_ key: String, _ arrived: ObjectNotes.Arrived) async { await add(.arrived(arrived), to: key) }

  func lost(_ key: String) async { await add(.lost, to: key) }

  func forgetUpload(_ key: String) async { await add(.end, to: key) }

  fileprivate func add(_ entry: NoteEntry, to key: String) async {
    objects.withLock { entry.apply(to: &$0[key, default: ObjectNotes()]) }
    let line = Self.line(key, entry)
    // A part that is noted too late is found by asking the store.
    var durably = true
    if case .took = entry { durably = false }
    let isWritten = await write(line, durably: durably)
    // The one line that takes something back: without it the next run could hold an object for right that is not.
    if !isWritten, entry == .lost { await BlockingPool.shared.run { [file] in _ = try? Directory.removeFile(file.path) } }
  }

  @discardableResult
  private func write(_ line: [UInt8], durably: Bool) async -> Bool {
    await BlockingPool.shared.run { [self] in
      // Behind a line that is there in part, one that stands alone.
      let start: [UInt8] = hasFailed.load(ordering: .relaxed) ? [0x0A] : []
      do throws(FileError) {
        try file.append(start + line, durably: durably)
        return true
      } catch {
        if !hasFailed.exchange(true, ordering: .relaxed) {
          logger.warning(
            """
            how far this run is cannot be noted any more; it goes on, and should it be broken off, the next one sends \
            more again and may leave unfinished uploads to the store's own rules (--state-dir gives another folder)
            """, metadata: ["err": "\(error)"])
        }
        return false
      }
    }
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
  func begin(partSize: UInt64) async { await notes.add(.begin(time: now(), partSize: partSize), to: key) }
  func began(id: String, isChecksummed: Bool) async {
    await notes.add(.began(id: id, isChecksummed: isChecksummed), to: key)
  }
  func took(_ part: UploadedPart) async { await notes.add(.took(part), to: key) }
  func end() async { await notes.forgetUpload(key) }
}
