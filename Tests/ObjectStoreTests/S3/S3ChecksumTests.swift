import BucketAcceptance
import Fixtures
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Checksums of whole objects", .timeLimit(.minutes(1)))
struct S3ChecksumTests {
  private static let content = Array("0123456789abcdefghijKLMNO".utf8)
  private static let regions = [0..<10, 10..<20, 20..<25]
  private static func crc(_ bytes: [UInt8]) -> String { S3Checksums.text(unsafe CRC32C.checksum(bytes.span.bytes)) }
  private static let whole = ObjectChecksum(algorithm: "CRC32C", value: crc(content))

  private func bucket(_ store: ScriptedS3) throws -> S3Bucket {
    try store.bucket { $0.encryption = .kms(keyID: "key", context: [:]) }
  }

  @Test("the check value of the catalogue of CRCs, in Base64")
  func text() {
    #expect(Self.crc(Array("123456789".utf8)) == "4waSgw==")
  }

  @Test("one request carries the object's checksum")
  func single() async throws {
    let store = try ScriptedS3()
    let receipt = try await bucket(store).put("object", .bytes([1, 2, 3]), PutOptions())
    #expect(receipt.checksum == ObjectChecksum(algorithm: "CRC32C", value: Self.crc([1, 2, 3])))
    #expect(receipt.expectedETag == nil)
    #expect(store.requests(.put).map { $0["x-amz-checksum-crc32c"] } == [Self.crc([1, 2, 3])])
  }

  @Test("an upload in parts carries those of the parts, and at the end the object's")
  func parts() async throws {
    let store = try ScriptedS3()
    let receipt = try await bucket(store).put("object", .bytes(Self.content), PutOptions())
    #expect(receipt.checksum == Self.whole)
    let create = try #require(store.requests(.create).first)
    #expect(create["x-amz-checksum-algorithm"] == "CRC32C" && create["x-amz-checksum-type"] == "FULL_OBJECT")
    let parts = Self.regions.map { Self.crc(Array(Self.content[$0])) }
    #expect(Set(store.requests(.part).map { $0["x-amz-checksum-crc32c"] }) == Set(parts))
    let complete = try #require(store.requests(.complete).first)
    #expect(complete["x-amz-checksum-crc32c"] == Self.whole.value)
    #expect(complete["x-amz-checksum-type"] == "FULL_OBJECT")
    let body = String(decoding: complete.body, as: UTF8.self)
    for part in parts { #expect(body.contains("<ChecksumCRC32C>\(part)</ChecksumCRC32C>")) }
  }

  @Test("where ETags are checksums, a store that does not promise to keep others is not bothered with them")
  func none() async throws {
    let store = try ScriptedS3()
    let bucket = try store.bucket()
    let receipt = try await bucket.put("object", .bytes(Self.content), PutOptions())
    #expect(receipt.checksum == nil && receipt.etag == receipt.expectedETag)
    try await bucket.put("small", .bytes([1]))
    #expect(store.requests(.part).allSatisfy { $0["Content-MD5"] != nil })
    for call in [ScriptedS3.Call.part, .complete, .put] {
      let fields = store.requests(call).flatMap(\.fields).map { $0.name.lowercased() }
      #expect(!fields.isEmpty && !fields.contains { $0.hasPrefix("x-amz-checksum") || $0.hasPrefix("x-amz-sdk") })
    }
  }

  @Test(
    "a store that refuses them is left alone with them",
    arguments: [(400, "InvalidRequest"), (501, "NotImplemented"), (400, "InvalidArgument")])
  func refused(_ status: Int, _ code: String) async throws {
    for call in [ScriptedS3.Call.create, .part, .complete, .put] {
      let store = try ScriptedS3 { called, request in
        let has = request.fields.contains { $0.name.lowercased().hasPrefix("x-amz-checksum-") }
        return called == call && has ? .refusal(status, code) : nil
      }
      let bucket = try bucket(store)
      let content = call == .put ? [1, 2, 3] : Self.content
      for _ in 0..<2 {
        let receipt = try await bucket.put("object", .bytes(content), PutOptions())
        #expect(receipt.checksum == nil, "\(call)")
      }
      _ = try await bucket.attributes(of: "object")
      #expect(store.requests(.head).last?["x-amz-checksum-mode"] == nil)
      #expect(store.state.objects["object"]?.bytes == content)
    }
  }

  @Test("a refusal that has nothing to do with them stays one, and they stay in use")
  func otherRefusals() async throws {
    let refuses = Atomic(true)
    let store = try ScriptedS3 { call, _ in
      call == .put && refuses.load(ordering: .relaxed) ? .refusal(400, "InvalidRequest") : nil
    }
    let bucket = try bucket(store)
    await #expect(throws: BucketError.self) { try await bucket.put("object", .bytes([1])) }
    refuses.store(false, ordering: .relaxed)
    #expect(try await bucket.put("object", .bytes([1]), PutOptions()).checksum != nil)
  }

  @Test("an upload that is taken up has checksums if it was begun with them", arguments: [false, true])
  func resumed(_ wasBegunWith: Bool) async throws {
    var upload = ScriptedS3.Upload(parts: [1: Array(Self.content[0..<10])], etags: [1: "one", 2: "two", 3: "three"])
    if wasBegunWith {
      upload.more = "<ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
    }
    var state = ScriptedS3.State()
    state.uploads["old"] = upload
    let store = try ScriptedS3(state)
    let part = UploadedPart(number: 1, etag: "one", md5: ScriptedS3.md5(Array(Self.content[0..<10])), size: 10)
    let journal = MemoryJournal(
      UnfinishedUpload(id: "old", begun: 1_700_000_000_000, partSize: 10, parts: [part]))
    let receipt = try await bucket(store).put("object", .bytes(Self.content), PutOptions(journal: journal))
    #expect(receipt.sent == 15)
    #expect(receipt.checksum == (wasBegunWith ? Self.whole : nil))
    #expect(store.requests(.part).allSatisfy { ($0["x-amz-checksum-crc32c"] != nil) == wasBegunWith })
  }

  struct Head: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var fields: [(String, String)]
    var etag = "0123"
    var expected: ObjectChecksum?
  }

  @Test(
    "HEAD gives the checksum of the whole object and no other",
    arguments: [
      Head(
        testDescription: "full",
        fields: [("x-amz-checksum-crc32c", "AAAAAA=="), ("x-amz-checksum-type", "FULL_OBJECT")], etag: "0123-4", expected: ObjectChecksum(algorithm: "CRC32C", value: "AAAAAA==")),
      Head(
        testDescription: "composite",
        fields: [("x-amz-checksum-crc32c", "AAAAAA==-4"), ("x-amz-checksum-type", "COMPOSITE")], etag: "0123-4"),
      Head(testDescription: "composite, by its form", fields: [("x-amz-checksum-sha256", "AAAAAA==-4")]),
      Head(testDescription: "of parts, by the ETag", fields: [("x-amz-checksum-crc32c", "AAAAAA==")], etag: "0123-4"),
      Head(
        testDescription: "in one request", fields: [("x-amz-checksum-sha256", "AAAAAA==")],
        expected: ObjectChecksum(algorithm: "SHA256", value: "AAAAAA==")),
      Head(testDescription: "none", fields: []),
    ])
  func head(_ test: Head) async throws {
    var state = ScriptedS3.State()
    state.objects["object"] = ScriptedS3.Object(bytes: [1], etag: test.etag, fields: test.fields)
    let store = try ScriptedS3(state)
    #expect(try await bucket(store).attributes(of: "object").checksum == test.expected)
    #expect(store.requests(.head).map { $0["x-amz-checksum-mode"] } == ["ENABLED"])
    #expect(try await store.bucket().attributes(of: "object").checksum == test.expected)
  }

  @Test("HEAD that is refused because of it is asked without", arguments: [400, 403, 501])
  func refusedHead(_ status: Int) async throws {
    var state = ScriptedS3.State()
    state.objects["object"] = ScriptedS3.Object(bytes: [1], etag: "0123")
    let store = try ScriptedS3(state) { call, request in
      guard request["x-amz-checksum-mode"] != nil else { return nil }
      return call == .head ? [.send("HTTP/1.1 \(status) No\r\n\r\n")] : .refusal(status, "InvalidRequest")
    }
    #expect(try await bucket(store).attributes(of: "object").size == 1)
  }
}
