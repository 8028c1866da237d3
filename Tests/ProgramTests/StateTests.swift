import Console
@testable import Delivery
import Fixtures
import Glibc
import ObjectStore
import Platform
import TSDB
import Testing

@Suite("the state of a sender")
struct StateTests {
  private func open(_ root: String, origin: String = "labels", outside data: String? = nil) throws -> StateFolder {
    try StateFolder(StatePlace(root: root, bucket: "s3://thanos", origin: origin), outside: data, logger: silent)
  }

  @Test("two runs of the same labels and bucket exclude each other and name the pid; other ways are free")
  func lock() throws {
    let folder = try TemporaryFolder()
    let first = try open(folder.path)
    let error = #expect(throws: StateError.self) { try open(folder.path) }
    #expect(error?.exitStatus == .unfinished)
    #expect(error.map { "\($0)".contains("pid \(getpid())") && "\($0)".contains(first.path) } == true)
    _ = try open(folder.path, origin: "other labels")
    withExtendedLifetime(first) {}
  }

  @Test("a run that is kept out hears what it shares with the other one")
  func ways() throws {
    let folder = try TemporaryFolder()
    let labels = StatePlace(root: folder.path, bucket: "a", origin: "labels {}")
    let pair = StatePlace(root: folder.path, bucket: "a", origin: "bucket b", way: "the same pair of buckets")
    for (place, words) in [(labels, "with the same labels and bucket ("), (pair, "with the same pair of buckets (")] {
      let first = try StateFolder(place, outside: nil, logger: silent)
      let error = #expect(throws: StateError.self) { try StateFolder(place, outside: nil, logger: silent) }
      #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
      withExtendedLifetime(first) {}
    }
  }

  @Test("the lock is free again when its holder is gone")
  func lockIsReleased() throws {
    let folder = try TemporaryFolder()
    do { _ = try open(folder.path) }
    _ = try open(folder.path)
  }

  @Test("nothing is kept inside Prometheus' folder, by whatever name it goes", arguments: ["", "/state", "/a/b", "/../data/state"])
  func outside(path: String) throws {
    let folder = try TemporaryFolder()
    let data = "\(folder.path)/data"
    try Directory.create(data)
    let error = #expect(throws: StateError.self) { try open(data + path, outside: data) }
    #expect(error?.exitStatus == .usage)
    #expect(try Directory.entries(of: data).isEmpty)
  }

  @Test("a link into Prometheus' folder leads there, too")
  func link() throws {
    let folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/data")
    #expect(unsafe symlink("\(folder.path)/data", "\(folder.path)/link") == 0)
    #expect(throws: StateError.self) { try open("\(folder.path)/link/state", outside: "\(folder.path)/data") }
  }

  @Test("the standard place is that of the XDG specification", arguments: [
    (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/blockhaul"), (["HOME": "/h"], "/h/.local/state/blockhaul"),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/blockhaul"), (["HOME": "/"], "/.local/state/blockhaul"),
    (["XDG_STATE_HOME": "", "HOME": "relative"], nil), ([:], nil),
  ] as [([String: String], String?)])
  func standard(environment: [String: String], place: String?) {
    #expect((try? StateFolder.standard { environment[$0] }) == place)
  }

  @Test("a folder that cannot be written is a refusal that names the flag")
  func unusable() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write([], to: "\(folder.path)/file")
    let error = #expect(throws: StateError.self) { try open("\(folder.path)/file/state") }
    #expect(error.map { "\($0)".contains("--state-dir") } == true && error?.exitStatus == .usage)
  }

  @Test("the rate of the last run that sent enough to tell is kept", arguments: [
    (UInt64(100 << 20), 10.0, UInt64(10 << 20)), (1 << 20, 1, nil), (64 << 20, 0, nil),
  ] as [(UInt64, Double, UInt64?)])
  func rate(bytes: UInt64, seconds: Double, rate: UInt64?) throws {
    let folder = try TemporaryFolder()
    let place = StatePlace(root: folder.path, bucket: "b", origin: "o")
    #expect(StateFolder.lastRate(in: place) == nil)
    try StateFolder(place, outside: nil, logger: silent).note(bytes: bytes, in: .seconds(seconds))
    #expect(StateFolder.lastRate(in: place) == rate)
  }

  static let key = "01M81B088QDAD3JHFN4993ETCA/chunks/000001"
  static let part = UploadedPart(number: 2, etag: "e-2", md5: "00112233445566778899aabbccddeeff", size: 5)
  static let checked = UploadedPart(number: 3, etag: "e-3", crc32c: 0xFEDC_BA98, size: 5)
  static let checksum = ObjectChecksum(algorithm: "CRC32C", value: "4waSgw==")

  @Test("notes outlast the process, their last line torn or not", arguments: ["", "{\"key\":\"01M8", "\n\nnonsense\n[]\n{}"])
  func notes(tail: String) async throws {
    let folder = try TemporaryFolder()
    let path = try await writeNotes(below: folder.path)
    try AppendFile("\(path)/notes.jsonl").append(Array(tail.utf8))
    for _ in 0..<2 { try expectNotes(below: folder.path) }
  }

  /// - Returns: the path of the state, which is closed again.
  private func writeNotes(below root: String) async throws -> String {
    let state = try open(root)
    let journal = state.notes.journal(of: Self.key, now: { 1000 })
    try await journal.begin(partSize: 5)
    try await journal.began(id: "upload-1", isChecksummed: true)
    try await journal.took(UploadedPart(number: 2, etag: "older", md5: "00", size: 5))
    try await journal.took(Self.part)
    try await journal.took(Self.checked)
    await state.notes.arrived(
      "01M81B088QDAD3JHFN4993ETCA/index", ObjectNotes.Arrived(size: 9, sha256: "ab", etag: "e", expectedETag: nil, checksum: Self.checksum))
    return state.path
  }

  private func expectNotes(below root: String) throws {
    let notes = try open(root).notes
    #expect(
      notes.notes(of: Self.key).unfinished
        == UnfinishedUpload(
          id: "upload-1", begun: 1000, partSize: 5, parts: [Self.part, Self.checked], isChecksummed: true))
    let arrived = notes.notes(of: "01M81B088QDAD3JHFN4993ETCA/index").arrived
    #expect(arrived?.etag == "e" && arrived?.checksum == Self.checksum)
  }

  @Test("what was noted of a published block is forgotten, that of others is not")
  func published() async throws {
    let folder = try TemporaryFolder()
    let other = "01M81B089WZ6FKNMSDPKBMGYCV/index"
    for round in 0..<2 {
      let notes = try open(folder.path).notes
      if round == 0 {
        for key in [Self.key, other] { try await notes.journal(of: key, now: { 1 }).begin(partSize: 1) }
        await notes.published(try #require(ULID("01M81B088QDAD3JHFN4993ETCA")))
      }
      #expect(notes.unfinished.keys.sorted() == [other])
    }
  }

  @Test("uploads that nobody will go on with are thrown away, others are not")
  func stale() async throws {
    let (bucket, state) = (MemoryBucket(), try TestState())
    let going = "01M81B089WZ6FKNMSDPKBMGYCV/index"
    // As of a run that was killed between a meta.json and its note.
    let arrived = ObjectNotes.Arrived(size: 1, sha256: nil, etag: "e", expectedETag: nil)
    await state.notes.arrived("01M81B088QDAD3JHFN4993ETCA/chunks/000001", arrived)
    for key in [Self.key, going] {
      try await state.notes.journal(of: key, now: { 1 }).begin(partSize: 1)
      try await state.notes.journal(of: key, now: { 1 }).began(id: "id", isChecksummed: false)
    }
    let delivery = Delivery(to: bucket, notes: state.notes, logger: silent)
    await delivery.abandonStale { $0 == ULID("01M81B089WZ6FKNMSDPKBMGYCV") }
    #expect(bucket.log == ["abandon \(Self.key) id"])
    #expect(state.notes.notes(of: "01M81B088QDAD3JHFN4993ETCA/chunks/000001") == ObjectNotes())
    #expect(state.notes.unfinished.keys.sorted() == [going])
  }
}
