import BucketAcceptance
import Fixtures
import Glibc
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Uploads that are taken up again", .timeLimit(.minutes(1)))
struct S3ResumptionTests {
  private static let content = Array("0123456789abcdefghijKLMNO".utf8)
  private static let parts = [Array(content[0..<10]), Array(content[10..<20]), Array(content[20..<25])]
  private static var wholeETag: String {
    ScriptedS3.md5(parts.flatMap { PayloadDigest.md5(of: $0) }) + "-3"
  }

  private static func noted(_ number: Int, etag: String? = nil, of bytes: [UInt8]? = nil) -> UploadedPart {
    let bytes = bytes ?? parts[number - 1]
    return UploadedPart(
      number: number, etag: etag ?? ScriptedS3.md5(bytes), md5: ScriptedS3.md5(bytes), size: UInt64(bytes.count))
  }

  private static func journal(
    _ parts: [UploadedPart] = [], id: String? = "old", partSize: UInt64 = 10
  ) -> MemoryJournal {
    MemoryJournal(UnfinishedUpload(id: id, begun: 1_700_000_000_000, partSize: partSize, parts: parts))
  }

  private static func holding(_ parts: [Int: [UInt8]], etags: [Int: String] = [:]) -> ScriptedS3.State {
    var state = ScriptedS3.State()
    state.uploads["old"] = ScriptedS3.Upload(parts: parts, etags: etags)
    return state
  }

  private static func sentParts(_ store: ScriptedS3) -> [String] {
    store.requests(.part).map { String($0.target.split(separator: "partNumber=")[1].prefix(1)) }.sorted()
  }

  @Test("the journal hears of everything in its order")
  func order() async throws {
    let store = try ScriptedS3()
    let journal = MemoryJournal()
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(await journal.calls == ["begin", "began", "took", "took", "took", "end"])
    #expect(
      receipt == PutReceipt(etag: Self.wholeETag, expectedETag: Self.wholeETag, partSize: 10, sent: 25))
  }

  @Test("with a journal, what fails is left at the store, and goes on from there")
  func left() async throws {
    let fails = Atomic(true)
    let arrived = Mutex<ScriptedS3?>(nil)
    let store = try ScriptedS3 { call, request in
      guard call == .part, request.target.contains("partNumber=3"), fails.load(ordering: .relaxed) else { return nil }
      // Not before the others are there: what a client calls off may arrive long after it has given up.
      while arrived.withLock({ $0?.state.uploads["new-1"]?.parts.count }) != 2 { usleep(500) }
      return .refusal(403, "AccessDenied")
    }
    arrived.withLock { $0 = store }
    defer { arrived.withLock { $0 = nil } }
    let journal = MemoryJournal()
    let bucket = try store.bucket { $0.sendsContentMD5 = true }
    await #expect(throws: BucketError.self) {
      try await bucket.put("object", .bytes(Self.content), PutOptions(journal: journal))
    }
    #expect(!store.calls.contains(.abort))
    #expect(await journal.unfinished()?.id == "new-1")
    fails.store(false, ordering: .relaxed)
    let receipt = try await bucket.put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(receipt.sent == 5)
    #expect(store.requests(.create).count == 1)
    #expect(store.state.objects["object"]?.bytes == Self.content)
  }

  @Test("parts whose ETag is the content's MD5 are kept, others are sent again", arguments: [false, true])
  func keeps(_ isNoted: Bool) async throws {
    // 1 is right, 2 has other content, 3 is too long.
    let store = try ScriptedS3(Self.holding([1: Self.parts[0], 2: Array("abcdefghiX".utf8), 3: Self.parts[0]]))
    let journal = Self.journal(isNoted ? [Self.noted(1)] : [])
    let delivered = Atomic<UInt64>(0)
    let receipt = try await store.bucket().put(
      "object", .bytes(Self.content),
      PutOptions(journal: journal, delivered: { delivered.add($0, ordering: .relaxed) }))
    #expect(Self.sentParts(store) == ["2", "3"])
    #expect(receipt == PutReceipt(etag: Self.wholeETag, expectedETag: Self.wholeETag, partSize: 10, sent: 15))
    #expect(delivered.load(ordering: .relaxed) == 25)
    #expect(store.state.objects["object"]?.bytes == Self.content)
    #expect(!store.calls.contains(.create))
    // A part that was found is noted unless it was before.
    #expect(await journal.calls == Array(repeating: "took", count: isNoted ? 2 : 3) + ["end"])
  }

  @Test("where ETags are no MD5, a part is kept if it is the one that was sent with the same content")
  func foreignETags() async throws {
    let state = Self.holding(
      [1: Self.parts[0], 2: Self.parts[1], 3: Self.parts[2]], etags: [1: "one", 2: "two", 3: "three"])
    let store = try ScriptedS3(state)
    // 2 was sent by somebody else; 3 was sent when the content was another.
    let journal = Self.journal([
      Self.noted(1, etag: "one"), Self.noted(2, etag: "other"), Self.noted(3, etag: "three", of: [1, 2, 3, 4, 5]),
    ])
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(Self.sentParts(store) == ["2", "3"])
    #expect(receipt.sent == 15)
  }

  @Test("an upload that is gone is begun anew")
  func gone() async throws {
    let store = try ScriptedS3()
    let journal = Self.journal([Self.noted(1)])
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(receipt.sent == 25)
    #expect(store.requests(.create).count == 1)
    #expect(await journal.calls == ["end", "begin", "began", "took", "took", "took", "end"])
  }

  @Test("an upload with other parts is thrown away and begun anew")
  func otherPartSize() async throws {
    let store = try ScriptedS3(Self.holding([1: Self.parts[0]]))
    let receipt = try await store.bucket().put(
      "object", .bytes(Self.content), PutOptions(journal: Self.journal(partSize: 20)))
    #expect(store.calls.first == .abort)
    #expect(receipt.sent == 25)
    #expect(store.state.uploads.isEmpty)
  }

  @Test("what went in parts and goes whole by now leaves nothing behind")
  func whole() async throws {
    let store = try ScriptedS3(Self.holding([1: Self.parts[0]]))
    let journal = Self.journal()
    try await store.bucket { $0.partSize = 64 << 20 }.put(
      "object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(store.calls == [.abort, .put])
    #expect(await journal.unfinished() == nil)
  }

  @Test("an upload without an ID is searched for and thrown away, and begun anew")
  func withoutID() async throws {
    let store = try ScriptedS3(Self.holding([:]))
    let receipt = try await store.bucket().put(
      "object", .bytes(Self.content), PutOptions(journal: Self.journal(id: nil)))
    #expect(receipt.sent == 25)
    #expect(store.calls.prefix(3) == [.listUploads, .abort, .create])
    #expect(store.state.uploads.isEmpty)
  }

  @Test("an upload that was begun twice, since the first answer was lost, leaves none behind", arguments: [false, true])
  func begunTwice(_ mayList: Bool) async throws {
    var state = ScriptedS3.State()
    state.time = "2099-01-01T00:00:00.000Z"
    state.uploads["twin"] = ScriptedS3.Upload(initiated: state.time)
    state.uploads["other key"] = ScriptedS3.Upload(key: "object2", initiated: state.time)
    let isFirst = Atomic(true)
    let store = try ScriptedS3(state) { call, _ in
      if call == .listUploads, !mayList { return .refusal(403, "AccessDenied") }
      return call == .create && isFirst.exchange(false, ordering: .relaxed) ? .refusal(503, "SlowDown") : nil
    }
    try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: MemoryJournal()))
    #expect(store.state.objects["object"]?.bytes == Self.content)
    #expect(store.state.uploads.keys.sorted() == (mayList ? ["other key"] : ["other key", "twin"]))
  }

  @Test("parts that may not be listed are sent again", arguments: [(403, "AccessDenied"), (501, "NotImplemented")])
  func unlisted(_ status: Int, _ code: String) async throws {
    let store = try ScriptedS3(Self.holding([1: Self.parts[0]])) { call, _ in
      call == .listParts ? .refusal(status, code) : nil
    }
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: Self.journal()))
    #expect(receipt.sent == 25)
    #expect(store.state.uploads.isEmpty)
  }

  @Test("an upload that the store will never complete is thrown away, and the next run begins anew", arguments: [
    "InvalidPart", "InvalidPartOrder", "EntityTooSmall",
  ])
  func condemned(_ code: String) async throws {
    let refuses = Atomic(true)
    let store = try ScriptedS3 { call, _ in
      call == .complete && refuses.load(ordering: .relaxed) ? .refusal(400, code) : nil
    }
    let (journal, bucket) = (MemoryJournal(), try store.bucket())
    await #expect(throws: BucketError.self) {
      try await bucket.put("object", .bytes(Self.content), PutOptions(journal: journal))
    }
    #expect(await journal.unfinished() == nil && store.calls.contains(.abort))
    refuses.store(false, ordering: .relaxed)
    #expect(try await bucket.put("object", .bytes(Self.content), PutOptions(journal: journal)).sent == 25)
  }

  @Test("wrong credentials and a missing bucket do not make an upload forgotten", arguments: [
    (403, "InvalidAccessKeyId"), (403, "SignatureDoesNotMatch"), (404, "NoSuchBucket"),
  ])
  func remembered(_ status: Int, _ code: String) async throws {
    let store = try ScriptedS3(Self.holding([1: Self.parts[0]])) { _, _ in .refusal(status, code) }
    for partSize in [10, 20] as [UInt64] {
      let journal = Self.journal([Self.noted(1)], partSize: partSize)
      await #expect(throws: BucketError.self) {
        try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: journal))
      }
      #expect(await journal.unfinished()?.id == "old")
    }
    #expect(!store.calls.contains(.create))
  }

  struct Stored: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var content = S3ResumptionTests.content
    var etag = S3ResumptionTests.wholeETag
    var noted = [1, 2, 3]
    var isDone: Bool
  }

  @Test(
    "an upload that was completed without its end being noted is not sent again",
    arguments: [
      Stored(testDescription: "all as it was", isDone: true),
      Stored(testDescription: "another object", etag: "\(ScriptedS3.md5([1]))-3", isDone: false),
      Stored(testDescription: "another size", content: [1, 2, 3], isDone: false),
      Stored(testDescription: "parts that were never sent", noted: [1, 3], isDone: false),
    ])
  func lostCompletion(_ test: Stored) async throws {
    var state = ScriptedS3.State()
    state.objects["object"] = ScriptedS3.Object(bytes: test.content, etag: test.etag)
    let store = try ScriptedS3(state)
    let journal = Self.journal(test.noted.map { Self.noted($0) })
    let delivered = Atomic<UInt64>(0)
    let receipt = try await store.bucket().put(
      "object", .bytes(Self.content),
      PutOptions(journal: journal, delivered: { delivered.add($0, ordering: .relaxed) }))
    #expect(
      receipt
        == PutReceipt(
          etag: Self.wholeETag, expectedETag: Self.wholeETag, partSize: 10, sent: test.isDone ? 0 : 25))
    #expect(store.calls.contains(.create) == !test.isDone)
    #expect(delivered.load(ordering: .relaxed) == 25)
    #expect(await journal.unfinished() == nil)
  }

  @Test("a completed upload of content that has changed since is sent again")
  func lostCompletionOfOther() async throws {
    var state = ScriptedS3.State()
    state.objects["object"] = ScriptedS3.Object(bytes: Self.content, etag: Self.wholeETag)
    let store = try ScriptedS3(state)
    let other = Array("0123456789abcdefghijKLMN?".utf8)
    let receipt = try await store.bucket().put(
      "object", .bytes(other), PutOptions(journal: Self.journal([1, 2, 3].map { Self.noted($0) })))
    #expect(receipt.sent == 25)
    #expect(store.state.objects["object"]?.bytes == other)
  }

  @Test("what is not confirmed is thrown away, with a journal too", arguments: [false, true])
  func unconfirmed(_ hasJournal: Bool) async throws {
    struct Refused: Error {}
    let store = try ScriptedS3()
    let journal = MemoryJournal()
    let bucket = try store.bucket()
    await #expect(throws: Refused.self) {
      try await bucket.put(
        "object", .bytes(Self.content),
        PutOptions(journal: hasJournal ? journal : nil, confirm: { throw Refused() }))
    }
    #expect(store.requests(.abort).count == 1)
    #expect(!store.calls.contains(.complete))
    #expect(await journal.unfinished() == nil)
    await #expect(throws: Refused.self) {
      try await bucket.put("small", .bytes([1]), PutOptions(confirm: { throw Refused() }))
    }
    #expect(!store.calls.contains(.put))
  }

  @Test("a journal that cannot note the upload's ID leaves no upload behind")
  func brokenJournal() async throws {
    struct Full: Error {}
    struct Broken: UploadJournal {
      func unfinished() -> UnfinishedUpload? { nil }
      func begin(partSize: UInt64) {}
      func began(id: String, isChecksummed: Bool) throws { throw Full() }
      func took(_ part: UploadedPart) {}
      func end() {}
    }
    let store = try ScriptedS3()
    await #expect(throws: Full.self) {
      try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: Broken()))
    }
    #expect(store.calls == [.create, .abort])
  }
}
