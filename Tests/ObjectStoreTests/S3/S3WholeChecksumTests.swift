import BucketAcceptance
import Fixtures
import Platform
import Testing

@testable import ObjectStore

@Suite("Uploads to a store that keeps checksums of whole objects", .timeLimit(.minutes(1)))
struct S3WholeChecksumTests {
  private static let content = Array("0123456789abcdefghijKLMNO".utf8)
  private static let parts = [Array(content[0..<10]), Array(content[10..<20]), Array(content[20..<25])]
  private static let whole = ObjectChecksum(algorithm: "CRC32C", value: ScriptedS3.crc(content))

  private static func state(_ parts: [Int: [UInt8]]? = nil, etags: [Int: String] = [:]) -> ScriptedS3.State {
    var state = ScriptedS3.State()
    state.keepsChecksums = true
    if let parts {
      state.uploads["old"] = ScriptedS3.Upload(parts: parts, etags: etags, isChecksummed: true)
    }
    return state
  }

  private static func noted(_ number: Int, etag: String? = nil, of bytes: [UInt8]? = nil) -> UploadedPart {
    let bytes = bytes ?? parts[number - 1]
    return UploadedPart(
      number: number, etag: etag ?? ScriptedS3.md5(bytes), crc32c: unsafe CRC32C.checksum(bytes.span.bytes),
      size: UInt64(bytes.count))
  }

  private static func journal(_ parts: [UploadedPart]) -> MemoryJournal {
    MemoryJournal(UnfinishedUpload(id: "old", begun: 1_700_000_000_000, partSize: 10, parts: parts))
  }

  private static func sentParts(_ store: ScriptedS3) -> [String] {
    store.requests(.part).map { String($0.target.split(separator: "partNumber=")[1].prefix(1)) }.sorted()
  }

  @Test("parts carry their CRC-32C in place of their MD5, and the object its own", arguments: [false, true])
  func inParts(_ usesV2: Bool) async throws {
    let store = try ScriptedS3(Self.state())
    let journal = MemoryJournal()
    let bucket = try store.bucket { $0.signatureVersion2 = usesV2 }
    let receipt = try await bucket.put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(receipt.checksum == Self.whole && receipt.expectedETag == nil && receipt.etag != nil)
    #expect(store.requests(.part).count == 3)
    #expect(store.requests(.part).allSatisfy { $0["Content-MD5"] == nil && $0["x-amz-checksum-crc32c"] != nil })
    #expect(store.requests(.complete).first?["x-amz-checksum-crc32c"] == Self.whole.value)
    #expect(store.state.objects["object"]?.bytes == Self.content)
    #expect(try await bucket.attributes(of: "object").checksum == Self.whole)
    #expect(await journal.unfinished() == nil)
  }

  @Test("checksums that are known are sent as they are, so that content which has changed since is refused")
  func known() async throws {
    let store = try ScriptedS3(Self.state())
    // Small enough to be one tile: parts of a tile have to be computed.
    var tiles = CRC32CTiles()
    unsafe tiles.update(Self.content.span.bytes)
    let bucket = try store.bucket { $0.partSize = 20 }
    try await bucket.put("object", .bytes(Self.content), PutOptions(crc32c: tiles))
    let large = [UInt8](repeating: 7, count: Int(CRC32CTiles.tile) * 2 + 5)
    tiles = CRC32CTiles()
    unsafe tiles.update(large.span.bytes)
    let tiled = try store.bucket { $0.partSize = CRC32CTiles.tile }
    try await tiled.put("large", .bytes(large), PutOptions(crc32c: tiles))
    #expect(store.state.objects["large"]?.bytes == large)
    var changed = large
    changed[Int(CRC32CTiles.tile) + 1] = 8
    await #expect(throws: BucketError.self) {
      try await tiled.put("changed", .bytes(changed), PutOptions(crc32c: tiles))
    }
    #expect(store.state.objects["changed"] == nil)
  }

  @Test("a part that the store refuses is not sent without its checksum", arguments: ["BadDigest", "InvalidRequest", ""])
  func refusedPart(_ code: String) async throws {
    let store = try ScriptedS3(Self.state()) { call, _ in call == .part ? .refusal(400, code) : nil }
    await #expect(throws: BucketError.self) { try await store.bucket().put("object", .bytes(Self.content)) }
    #expect(store.requests(.part).allSatisfy { $0["x-amz-checksum-crc32c"] != nil })
    #expect(!store.calls.contains(.complete))
  }

  struct Kind: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var fields: [(String, String)]
  }

  @Test(
    "a store that would keep checksums of another kind is asked for an upload without any, once",
    arguments: [
      Kind(testDescription: "no type", fields: [("x-amz-checksum-algorithm", "CRC32C")]),
      Kind(
        testDescription: "composite",
        fields: [("x-amz-checksum-algorithm", "CRC32C"), ("x-amz-checksum-type", "COMPOSITE")]),
      Kind(
        testDescription: "another algorithm",
        fields: [("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-checksum-type", "FULL_OBJECT")]),
    ])
  func otherKind(_ kind: Kind) async throws {
    var state = ScriptedS3.State()
    state.fields = kind.fields
    let store = try ScriptedS3(state)
    let bucket = try store.bucket()
    for _ in 0..<2 {
      let receipt = try await bucket.put("object", .bytes(Self.content), PutOptions())
      #expect(receipt.checksum == nil && receipt.expectedETag == receipt.etag)
    }
    #expect(store.requests(.create).map { $0["x-amz-checksum-type"] } == ["FULL_OBJECT", nil, nil])
    #expect(store.requests(.abort).count == 1 && store.state.uploads.isEmpty)
    #expect(store.requests(.part).allSatisfy { $0["x-amz-checksum-crc32c"] == nil && $0["Content-MD5"] != nil })
  }

  struct Left: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var parts: [Int: [UInt8]]
    var etags: [Int: String] = [:]
    var noted: [UploadedPart] = []
    /// Of an upload that was begun without.
    var isChecksummed = true
    var sent: [String]
  }

  @Test(
    "of what an earlier run left, the parts that are right are kept",
    arguments: [
      Left(testDescription: "listed with their checksums", parts: [1: parts[0], 2: Array("abcdefghiX".utf8)], sent: ["2", "3"]),
      Left(
        testDescription: "whatever was noted", parts: [1: parts[0], 2: Array("abcdefghiX".utf8)],
        noted: [noted(1, etag: "other"), noted(2, etag: ScriptedS3.md5(Array("abcdefghiX".utf8)))], sent: ["2", "3"]),
      Left(testDescription: "with ETags that are no MD5", parts: [1: parts[0]], etags: [1: "one"], sent: ["2", "3"]),
      Left(
        testDescription: "begun without checksums, noted with them", parts: [1: parts[0], 2: parts[1]],
        etags: [1: "one", 2: "two"], noted: [noted(1, etag: "one"), noted(2, etag: "two", of: parts[0])],
        isChecksummed: false, sent: ["1", "2", "3"]),
      Left(
        testDescription: "begun without checksums, by their ETags", parts: [1: parts[0], 2: parts[0]],
        isChecksummed: false, sent: ["2", "3"]),
    ])
  func resumed(_ left: Left) async throws {
    var state = Self.state(left.parts, etags: left.etags)
    state.uploads["old"]?.isChecksummed = left.isChecksummed
    let store = try ScriptedS3(state)
    let journal = Self.journal(left.noted)
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(Self.sentParts(store) == left.sent)
    #expect(store.state.objects["object"]?.bytes == Self.content)
    #expect(receipt.checksum == (left.isChecksummed ? Self.whole : nil))
    #expect(!store.calls.contains(.create))
    #expect(await journal.unfinished() == nil)
  }

  @Test("an upload whose parts are listed without checksums is judged by the MD5s of those parts")
  func listedWithout() async throws {
    let store = try ScriptedS3(Self.state([1: Self.parts[0], 2: Self.parts[0]])) { call, _ in
      guard call == .listParts else { return nil }
      let parts = (1...2).map {
        "<Part><PartNumber>\($0)</PartNumber><ETag>\(ScriptedS3.md5(Self.parts[0]))</ETag><Size>10</Size></Part>"
      }
      return .response(
        200, [],
        "<ListPartsResult><ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
          + "\(parts.joined())</ListPartsResult>")
    }
    let receipt = try await store.bucket().put("object", .bytes(Self.content), PutOptions(journal: Self.journal([])))
    #expect(Self.sentParts(store) == ["2", "3"] && receipt.checksum == Self.whole)
  }

  @Test("an upload that was completed without its end being noted is not sent again", arguments: [false, true])
  func lostCompletion(_ isShown: Bool) async throws {
    var state = Self.state()
    let etag = ScriptedS3.md5(Self.parts.flatMap { PayloadDigest.md5(of: $0) }) + "-3"
    let fields = [("x-amz-checksum-crc32c", Self.whole.value), ("x-amz-checksum-type", "FULL_OBJECT")]
    state.objects["object"] = ScriptedS3.Object(bytes: Self.content, etag: etag, fields: isShown ? fields : [])
    for isChanged in [false, true] {
      let store = try ScriptedS3(state)
      let content = isChanged ? Array("0123456789abcdefghijKLMN?".utf8) : Self.content
      let receipt = try await store.bucket().put(
        "object", .bytes(content), PutOptions(journal: Self.journal([1, 2, 3].map { Self.noted($0) })))
      #expect(receipt.sent == (isChanged ? 25 : 0))
      // Where the store does not show its checksum, the ETag has to do.
      #expect((receipt.expectedETag == nil) == (isShown || isChanged))
      #expect(store.state.objects["object"]?.bytes == content)
    }
  }
}
