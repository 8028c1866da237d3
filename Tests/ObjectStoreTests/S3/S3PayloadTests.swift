import Crypto
import Fixtures
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("What vouches for a payload", .timeLimit(.minutes(1)))
struct S3PayloadTests {
  private static let large = [UInt8](repeating: 7, count: 65 << 10)
  private static let unsigned = "UNSIGNED-PAYLOAD"
  private static func sha256(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }

  private func bucket(_ store: ScriptedS3, sendsMD5: Bool = true) throws -> S3Bucket {
    try store.bucket {
      $0.partSize = 64 << 20
      $0.sendsContentMD5 = sendsMD5
    }
  }

  @Test("small payloads are hashed and signed, large ones only where no Content-MD5 binds them")
  func signed() async throws {
    let store = try ScriptedS3()
    let receipt = try await bucket(store).put("large", .bytes(Self.large), PutOptions())
    try await bucket(store).put("small", .bytes([1]))
    let bare = try await bucket(store, sendsMD5: false).put("bare", .bytes(Self.large), PutOptions())
    let hashes = store.requests(.put).map { $0["x-amz-content-sha256"] }
    #expect(hashes == [Self.unsigned, Self.sha256([1]), Self.sha256(Self.large)])
    #expect(store.requests(.put).map { $0["Content-MD5"] != nil } == [true, true, false])
    #expect(store.requests(.put)[0]["Authorization"]?.contains("content-md5;") == true)
    // The MD5 is the proof by ETag, whether it is sent or not.
    #expect(receipt.expectedETag == ScriptedS3.md5(Self.large) && bare.expectedETag == receipt.expectedETag)
  }

  @Test("a SHA-256 that is known is signed, and not computed again")
  func known() async throws {
    let store = try ScriptedS3()
    // Not the content's, to see where it comes from.
    let known = [UInt8](repeating: 0xAB, count: 32)
    try await bucket(store).put("large", .bytes(Self.large), PutOptions(sha256: known))
    try await bucket(store).put("small", .bytes([1]), PutOptions(sha256: known))
    try await bucket(store).put("other", .bytes([1]), PutOptions(sha256: [1, 2]))
    let hashes = store.requests(.put).map { $0["x-amz-content-sha256"] }
    #expect(hashes == [Hexadecimal.text(known), Hexadecimal.text(known), Self.sha256([1])])
  }

  @Test(
    "a store that does not take unsigned payloads gets signed ones from then on",
    arguments: [
      (400, "XAmzContentSHA256Mismatch"), (400, "InvalidRequest"), (403, "AccessDenied"), (501, "NotImplemented"),
      (403, "SignatureDoesNotMatch"), (400, "InvalidArgument"),
    ])
  func refused(_ status: Int, _ code: String) async throws {
    let store = try ScriptedS3 { call, request in
      call == .put && request["x-amz-content-sha256"] == Self.unsigned ? .refusal(status, code) : nil
    }
    let bucket = try bucket(store)
    for key in ["one", "two"] { try await bucket.put(key, .bytes(Self.large)) }
    let hash = Self.sha256(Self.large)
    #expect(store.requests(.put).map { $0["x-amz-content-sha256"] } == [Self.unsigned, hash, hash])
  }

  @Test("a refusal that has nothing to do with it stays one")
  func otherRefusals() async throws {
    let refuses = Atomic(true)
    let store = try ScriptedS3 { call, _ in
      call == .put && refuses.load(ordering: .relaxed) ? .refusal(403, "AccessDenied") : nil
    }
    let bucket = try bucket(store)
    await #expect(throws: BucketError.self) { try await bucket.put("object", .bytes(Self.large)) }
    #expect(store.requests(.put).count == 2)
    refuses.store(false, ordering: .relaxed)
    try await bucket.put("object", .bytes(Self.large))
    #expect(store.requests(.put).last?["x-amz-content-sha256"] == Self.unsigned)
    // Once one was taken, it is not that.
    refuses.store(true, ordering: .relaxed)
    await #expect(throws: BucketError.self) { try await bucket.put("object", .bytes(Self.large)) }
    #expect(store.requests(.put).count == 4)
  }

  @Test("parts go by the same rule")
  func parts() async throws {
    let store = try ScriptedS3 { call, request in
      call == .part && request["x-amz-content-sha256"] == Self.unsigned ? .refusal(400, "InvalidRequest") : nil
    }
    let content = Self.large + Self.large + [1]
    let receipt = try await store.bucket { $0.partSize = 65 << 10 }.put("object", .bytes(content), PutOptions())
    #expect(receipt.etag == receipt.expectedETag)
    #expect(store.state.objects["object"]?.bytes == content)
  }

  @Test("a bucket that encrypts by itself says so, and its ETags are not compared")
  func encrypting() async throws {
    var state = ScriptedS3.State()
    state.fields = [("x-amz-server-side-encryption", "aws:kms")]
    let store = try ScriptedS3(state)
    #expect(try await store.bucket().put("small", .bytes([1]), PutOptions()).expectedETag == nil)
    let parts = ObjectContent.bytes([UInt8](repeating: 1, count: 25))
    #expect(try await store.bucket().put("large", parts, PutOptions()).expectedETag == nil)
  }
}
