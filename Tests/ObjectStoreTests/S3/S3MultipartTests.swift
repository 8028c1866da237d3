import Fixtures
import HTTP
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Multipart uploads through faults", .timeLimit(.minutes(1)))
struct S3MultipartTests {
  private func bucket(_ server: ScriptedServer) throws -> S3Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "k", secretKey: "s")
    configuration.insecure = true
    configuration.signatureVersion2 = true
    configuration.partSize = 10
    var policy = RetryPolicy()
    policy.attempts = 3
    policy.clock = RetryClock(now: { .zero }, sleep: { _ in }, random: { 0 })
    return try S3Bucket(
      configuration, logger: Logger(label: "test"), environment: { _ in nil }, policy: policy,
      minimumPart: 1)
  }

  private static let content = Array("0123456789abcdefghijKLMNO".utf8)

  private static func etag(_ bytes: [UInt8]) -> String { "\"\(Hexadecimal.text(PayloadDigest.md5(of: bytes)))\"" }

  private static var wholeETag: String {
    let digests = [content[0..<10], content[10..<20], content[20..<25]].flatMap { PayloadDigest.md5(of: Array($0)) }
    return Hexadecimal.text(PayloadDigest.md5(of: digests)) + "-3"
  }

  private enum Call: Equatable { case create, part, complete, abort, head, other }

  private static func call(_ request: ScriptedServer.Request) -> Call {
    switch request.method {
    case "POST": request.target.contains("uploads") ? .create : .complete
    case "PUT": request.target.contains("partNumber") ? .part : .other
    case "DELETE": .abort
    case "HEAD": .head
    default: .other
    }
  }

  private static let created: [ScriptedServer.Step] = .response(
    200, [], "<InitiateMultipartUploadResult><UploadId>id+/=</UploadId></InitiateMultipartUploadResult>")
  private static let completed: [ScriptedServer.Step] = .response(
    200, [], "<CompleteMultipartUploadResult><ETag>&quot;\(wholeETag)&quot;</ETag></CompleteMultipartUploadResult>")

  @Test("parts arrive once each, are completed in order, and one that fails is sent again")
  func parts() async throws {
    let failed = Atomic(false)
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: return Self.created
      case .part:
        if request.target.contains("partNumber=2"), !failed.exchange(true, ordering: .relaxed) {
          return .refusal(503, "SlowDown")
        }
        return .response(200, [("ETag", Self.etag(request.body))])
      case .complete: return Self.completed
      default: return .response(400)
      }
    }
    let receipt = try await bucket(server).put("object", .bytes(Self.content))
    #expect(receipt == PutReceipt(etag: Self.wholeETag, expectedETag: Self.wholeETag, partSize: 10, sent: 25))
    #expect(server.requests.filter { Self.call($0) == .part }.count == 4)
    #expect(server.requests.filter { $0.target.contains("uploadId=id%2B%2F%3D") }.count == 5)
    let body = String(decoding: server.requests.last?.body ?? [], as: UTF8.self)
    let numbers = body.split(separator: "<PartNumber>").dropFirst().compactMap { $0.first }
    #expect(numbers == ["1", "2", "3"])
  }

  @Test(
    "a completion that says 200 and means an error is tried again if that may help, and else fails",
    arguments: [true, false])
  func errorInside(_ temporary: Bool) async throws {
    let completions = Atomic(0)
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: return Self.created
      case .part: return .response(200, [("ETag", Self.etag(request.body))])
      case .complete:
        let isFirst = completions.add(1, ordering: .relaxed).newValue == 1
        return isFirst ? .refusal(200, temporary ? "InternalError" : "InvalidPart") : Self.completed
      default: return .response(204)
      }
    }
    let bucket = try bucket(server)
    if temporary {
      #expect(try await bucket.put("object", .bytes(Self.content)).etag == Self.wholeETag)
    } else {
      await #expect(throws: BucketError.self) { try await bucket.put("object", .bytes(Self.content)) }
    }
    #expect(completions.load(ordering: .relaxed) == (temporary ? 2 : 1))
    #expect(server.requests.contains { Self.call($0) == .abort } == !temporary)
  }

  @Test("a completion whose answer was lost is recognised by what is stored")
  func lostAnswer() async throws {
    let completions = Atomic(0)
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: return Self.created
      case .part: return .response(200, [("ETag", Self.etag(request.body))])
      case .complete:
        return completions.add(1, ordering: .relaxed).newValue == 1 ? [.reset] : .refusal(404, "NoSuchUpload")
      case .head: return .response(200, [("ETag", "\"\(Self.wholeETag)\"")])
      default: return .response(204)
      }
    }
    #expect(try await bucket(server).put("object", .bytes(Self.content)).etag == Self.wholeETag)
    #expect(!server.requests.contains { Self.call($0) == .abort })
  }

  @Test("a part that is refused ends the upload and throws its parts away")
  func refused() async throws {
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: Self.created
      case .part: .refusal(403, "AccessDenied")
      default: .response(204)
      }
    }
    let bucket = try bucket(server)
    await #expect(throws: BucketError.self) { try await bucket.put("object", .bytes(Self.content)) }
    #expect(server.requests.last.map(Self.call) == .abort)
  }

  @Test("a part whose ETag is no MD5 is taken, since its Content-MD5 was")
  func foreignETags() async throws {
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: Self.created
      case .part: .response(200, [("ETag", Self.etag([1]))])
      case .complete: Self.completed
      default: .response(400)
      }
    }
    _ = try await bucket(server).put("object", .bytes(Self.content))
    let parts = server.requests.filter { Self.call($0) == .part }
    #expect(parts.count == 3)
    #expect(parts.allSatisfy { $0["Content-MD5"] == Base64.text(PayloadDigest.md5(of: $0.body)) })
  }

  @Test("a listing of parts that does not get any further is an error")
  func circle() async throws {
    let server = try ScriptedServer { _, number in
      .response(
        200, [],
        "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>\(1 + number % 2)</NextPartNumberMarker>"
          + "</ListPartsResult>")
    }
    let multipart = try bucket(server).multipart
    await #expect(throws: StoreFailure.self) { _ = try await multipart.list(S3Upload(key: "object", id: "id")) }
    #expect(server.requests.count == 3)
  }

  @Test("cancelling an upload throws its parts away")
  func cancelled() async throws {
    let server = try ScriptedServer { request, _ in
      switch Self.call(request) {
      case .create: Self.created
      case .part: [.wait(.seconds(30))]
      default: .response(204)
      }
    }
    let bucket = try bucket(server)
    let task = Task { try await bucket.put("object", .bytes(Self.content)) }
    while server.requests.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(server.requests.last.map(Self.call) == .abort)
  }
}

@Suite("Part layout")
struct S3PartLayoutTests {
  private static let mebibyte: UInt64 = 1 << 20

  struct Case: Sendable, CustomTestStringConvertible {
    var size: UInt64
    var partSize: UInt64 = 64 << 20
    var expected: UInt64?
    var testDescription: String { "\(size) bytes, part_size \(partSize)" }
  }

  @Test(
    "the layout is minio-go's, so that ETags agree",
    arguments: [
      Case(size: 0, expected: nil), Case(size: 16 << 20, expected: nil), Case(size: 16 << 20 + 1, expected: 16 << 20),
      Case(size: 64 << 20 - 1, expected: 16 << 20), Case(size: 64 << 20, expected: nil),
      Case(size: 64 << 20 + 1, expected: 64 << 20), Case(size: 1 << 40, expected: 105 << 20),
      Case(size: 5 << 40, expected: 525 << 20),
      Case(size: 5 << 20 - 1, partSize: 5 << 20, expected: nil), Case(size: 5 << 20, partSize: 5 << 20, expected: nil),
      Case(size: 5 << 20 + 1, partSize: 5 << 20, expected: 5 << 20),
      Case(size: 100 << 20, partSize: 128 << 20, expected: 16 << 20),
      Case(size: 16 << 20, partSize: 0, expected: nil), Case(size: 16 << 20 + 1, partSize: 0, expected: 16 << 20),
      Case(size: 1 << 30, partSize: 0, expected: 16 << 20), Case(size: 5 << 40, partSize: 0, expected: 528 << 20),
      Case(size: 5 << 20 + 1, partSize: 1 << 20, expected: 5 << 20), Case(size: 2 << 20, partSize: 1, expected: nil),
    ])
  func layout(_ test: Case) {
    let layout = S3PartLayout(partSize: test.partSize, disablesMultipart: false)
    #expect(layout.parts(of: test.size) == test.expected)
    if let part = test.expected { #expect((test.size + part - 1) / part <= S3PartLayout.maximumParts) }
    #expect(S3PartLayout(partSize: test.partSize, disablesMultipart: true).parts(of: test.size) == nil)
  }

  @Test("regions cover the object once")
  func regions() {
    #expect(PartTransfer.regions(of: 25, partSize: 10) == [0..<10, 10..<20, 20..<25])
    #expect(PartTransfer.regions(of: 20, partSize: 10) == [0..<10, 10..<20])
    #expect(PartTransfer.regions(of: 0, partSize: 10) == [])
  }
}
