import BucketAcceptance
import Fixtures
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Content that is fetched, and content that is only hashed", .timeLimit(.minutes(1)))
struct S3SourceTests {
  /// Remembers what it was asked for, and how much of it was not delivered at that time.
  private final class Source: ContentSource {
    let bytes: [UInt8]
    private let state = Mutex(State())

    struct State {
      var ranges: [Range<UInt64>] = []
      var delivered: UInt64 = 0
      /// Bytes asked for and not delivered, at their most.
      var peak: UInt64 = 0
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var size: UInt64 { UInt64(bytes.count) }
    var seen: State { state.withLock { $0 } }

    func delivered(_ bytes: UInt64) { state.withLock { $0.delivered += bytes } }

    func read(_ range: Range<UInt64>) async throws -> [UInt8] {
      state.withLock { state in
        state.ranges.append(range)
        state.peak = max(state.peak, range.upperBound - state.delivered)
      }
      return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }
  }

  private static let content = (0..<205).map { UInt8($0) }

  @Test("parts are fetched once each, in order, four at a time, and sent again from memory")
  func source() async throws {
    let seen = Mutex<Set<String>>([])
    let store = try ScriptedS3 { call, request in
      let isFirst = seen.withLock { $0.insert(request.target).inserted }
      return call == .part && isFirst ? .refusal(503, "SlowDown") : nil
    }
    let source = Source(Self.content)
    let receipt = try await store.bucket().put(
      "object", .source(source), PutOptions(delivered: { source.delivered($0) }))
    #expect(store.state.objects["object"]?.bytes == Self.content)
    #expect(receipt.etag == receipt.expectedETag)
    #expect(source.seen.ranges == PartTransfer.regions(of: 205, partSize: 10))
    #expect(source.seen.peak <= 40)
    #expect(store.requests(.part).count == 42)
  }

  @Test("a single request is fetched whole, and sent again from memory")
  func single() async throws {
    let first = Atomic(true)
    let store = try ScriptedS3 { call, _ in
      call == .put && first.exchange(false, ordering: .relaxed) ? .refusal(500, "InternalError") : nil
    }
    let source = Source([1, 2, 3])
    let receipt = try await store.bucket().put("object", .source(source), PutOptions())
    #expect(source.seen.ranges == [0..<3])
    #expect(receipt.expectedETag == ScriptedS3.md5([1, 2, 3]))
    #expect(store.state.objects["object"]?.bytes == [1, 2, 3])
  }

  @Test("an upload of fetched content is taken up: fetched to be compared, and only the rest is sent")
  func resumed() async throws {
    var state = ScriptedS3.State()
    state.uploads["old"] = ScriptedS3.Upload(parts: [1: Array(Self.content[..<10]), 2: Array(Self.content[10..<20])])
    let store = try ScriptedS3(state)
    let source = Source(Self.content)
    let journal = MemoryJournal(UnfinishedUpload(id: "old", begun: 0, partSize: 10, parts: []))
    let receipt = try await store.bucket().put("object", .source(source), PutOptions(journal: journal))
    #expect(receipt.sent == 185)
    #expect(source.seen.ranges == PartTransfer.regions(of: 205, partSize: 10))
    #expect(store.state.objects["object"]?.bytes == Self.content)
  }

  @Test("memory holds four parts, or 64 MiB of larger ones; a file's parts are begun sixteen at a time")
  func ahead() throws {
    let source = ObjectContent.source(Source([]))
    for (partSize, expected) in [(0, 4), (16 << 20, 4), (17 << 20, 3), (64 << 20, 1), (5 << 30, 1)] as [(UInt64, Int)] {
      #expect(PreparedPart.ahead(of: source, partSize: partSize) == expected)
    }
    let path = "/tmp/blockhaul-ahead-\(UInt64.random(in: 0...UInt64.max))"
    try AtomicFile.write([], to: path)
    let file = try OpenFile(path)
    try Directory.removeFile(path)
    #expect(PreparedPart.ahead(of: .file(file), partSize: 64 << 20) == 32)
    #expect(PreparedPart.batch(of: .file(file)) == 16)
    #expect(PreparedPart.batch(of: source) == 1)
  }

  @Test("the ETag that is to be expected is known without a request", arguments: [0, 1, 10, 11, 200, 205])
  func expectedETag(_ count: Int) async throws {
    let store = try ScriptedS3()
    let bytes = Array(Self.content[..<count])
    let path = "/tmp/blockhaul-etag-\(UInt64.random(in: 0...UInt64.max))"
    try AtomicFile.write(bytes, to: path)
    let file = try OpenFile(path)
    try Directory.removeFile(path)
    let bucket = try store.bucket()
    let expected = try await bucket.expectedETag(of: .file(file))
    let fetched = try await bucket.expectedETag(of: .source(Source(bytes)))
    #expect(try await bucket.expectedETag(of: .bytes(bytes)) == expected && fetched == expected)
    #expect(store.calls.isEmpty)
    #expect(try await bucket.put("object", .file(file), PutOptions()).etag == expected)
    let encrypted = try store.bucket { $0.encryption = .kms(keyID: "key", context: [:]) }
    #expect(try await encrypted.expectedETag(of: .bytes(bytes)) == nil)
  }

  @Test("an upload of fetched content that was completed, and is other content by now, is an error and then begun anew")
  func changed() async throws {
    let old = [UInt8](repeating: 9, count: 15)
    let parts = [Array(old[..<10]), Array(old[10...])]
    var state = ScriptedS3.State()
    state.objects["object"] = ScriptedS3.Object(
      bytes: old, etag: ScriptedS3.md5(parts.flatMap { PayloadDigest.md5(of: $0) }) + "-2")
    let store = try ScriptedS3(state)
    let noted = parts.enumerated().map {
      UploadedPart(
        number: $0 + 1, etag: ScriptedS3.md5($1), md5: ScriptedS3.md5($1), size: UInt64($1.count))
    }
    let journal = MemoryJournal(UnfinishedUpload(id: "old", begun: 0, partSize: 10, parts: noted))
    let content = Array(Self.content[..<15])
    await #expect(throws: BucketError.self) {
      try await store.bucket().put("object", .source(Source(content)), PutOptions(journal: journal))
    }
    let receipt = try await store.bucket().put("object", .source(Source(content)), PutOptions(journal: journal))
    #expect(receipt.sent == 15)
    #expect(store.state.objects["object"]?.bytes == content)
  }
}
