import Fixtures
import HTTP
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// The S3 provider against a server that fails on purpose.
@Suite("S3 through faults", .timeLimit(.minutes(1)))
struct S3ScriptedTests {
  /// The delays between attempts, which take no time here.
  private final class Delays: Sendable {
    private let state = Mutex<[Duration]>([])
    var all: [Duration] { state.withLock { $0 } }
    func add(_ duration: Duration) { state.withLock { $0.append(duration) } }
  }

  private func bucket(
    _ server: ScriptedServer, delays: Delays = Delays(), stall: Duration = .seconds(60), attempts: Int? = nil,
    _ change: (inout S3Configuration) -> Void = { _ in }
  ) throws -> any Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "key-id", secretKey: "top-secret")
    configuration.insecure = true
    configuration.region = "us-east-1"
    change(&configuration)
    var policy = RetryPolicy(base: .milliseconds(100))
    policy.attempts = attempts
    policy.clock = RetryClock(now: { .zero }, sleep: { delays.add($0) }, random: { 0 })
    let bucket = try S3Bucket(
      configuration, logger: Logger(label: "test"), environment: { _ in nil }, policy: policy, stall: stall)
    return PrefixedBucket(bucket, prefix: "p")
  }

  private func error(_ body: () async throws -> Void) async -> BucketError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? BucketError
    }
  }

  private static func md5(_ text: String) -> String { Hexadecimal.text(PayloadDigest.md5(of: Array(text.utf8))) }

  @Test(
    "a store that asks to slow down is asked again, no sooner than it says",
    arguments: [
      (503, "SlowDown"), (429, "TooManyRequests"), (500, "InternalError"), (400, "RequestTimeout"), (502, ""),
      (504, ""),
    ])
  func slowDown(_ status: Int, _ code: String) async throws {
    let server = try ScriptedServer { _, number in
      number < 2 ? .refusal(status, code, [("Retry-After", "7")]) : .response(200, [("ETag", "\"\(Self.md5("x"))\"")])
    }
    let delays = Delays()
    try await bucket(server, delays: delays).put("object", .bytes(Array("x".utf8)))
    #expect(server.requests.count == 3)
    #expect(server.requests.allSatisfy { $0.body == Array("x".utf8) })
    #expect(delays.all == [.seconds(7), .seconds(7)])
  }

  @Test(
    "what is final is asked once",
    arguments: [
      (400, "InvalidRequest", BucketError.Code.rejected), (403, "AccessDenied", .accessDenied),
      (403, "InvalidAccessKeyId", .badCredentials),
      (403, "SignatureDoesNotMatch", .badCredentials), (403, "RequestTimeTooSkewed", .rejected),
      (400, "ExpiredToken", .badCredentials),
      (404, "NoSuchBucket", .bucketNotFound), (404, "NoSuchKey", .objectNotFound), (501, "NotImplemented", .rejected),
      (507, "XMinioStorageFull", .noSpace), (400, "EntityTooLarge", .tooLarge), (412, "PreconditionFailed", .changed),
    ])
  func final(_ status: Int, _ code: String, _ expected: BucketError.Code) async throws {
    let server = try ScriptedServer { _, _ in .refusal(status, code) }
    let bucket = try bucket(server)
    let error = await error { _ = try await bucket.read("object", limit: 10) }
    #expect(error?.code == expected)
    #expect(error?.key == "object")
    #expect(server.requests.count == 1)
    #expect(error?.description.contains("top-secret") == false)
  }

  @Test("a store that never recovers is unavailable in the end")
  func unavailable() async throws {
    let server = try ScriptedServer { _, _ in .refusal(503, "SlowDown") }
    let bucket = try bucket(server, attempts: 4)
    #expect(await error { _ = try await bucket.list(prefix: "", style: .recursive) }?.code == .unavailable)
    #expect(server.requests.count == 4)
  }

  @Test("a download that breaks off goes on where it stopped, from the same version")
  func resumption() async throws {
    let content = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let server = try ScriptedServer { request, number in
      let etag = "ETag: \"v1\"\r\n"
      if number == 0 {
        return [
          .send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\(etag)\r\n"), .bytes(Array(content[..<400])),
          .wait(.milliseconds(50)), .reset,
        ]
      }
      let from = Int(request["Range"]?.dropFirst("bytes=".count).split(separator: "-").first ?? "") ?? 0
      let end = number == 1 ? 700 : 1000
      let head =
        "HTTP/1.1 206 Partial\r\nContent-Length: \(1000 - from)\r\nContent-Range: bytes \(from)-999/1000\r\n\(etag)\r\n"
      return [.send(head), .bytes(Array(content[from..<end])), .wait(.milliseconds(50)), .close]
    }
    let bucket = try bucket(server)
    #expect(try await bucket.read("object", limit: 2000) == content)
    #expect(server.requests.map { $0["Range"] } == ["bytes=0-2000", "bytes=400-2000", "bytes=700-2000"])
    #expect(server.requests.map { $0["If-Match"] } == [nil, "\"v1\"", "\"v1\""])
  }

  @Test("an object that changed in the middle of a download is named as such")
  func changed() async throws {
    let server = try ScriptedServer { _, number in
      number == 0
        ? [
          .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\n\r\n01234"), .wait(.milliseconds(50)), .reset,
        ]
        : .response(200, [("ETag", "\"v2\"")], "abcdefghij")
    }
    let bucket = try bucket(server)
    #expect(await error { _ = try await bucket.get("object", range: nil) { _ in } }?.code == .changed)
  }

  @Test("a store that knows no ranges sends all, and only what is wanted is handed on")
  func noRanges() async throws {
    let server = try ScriptedServer { _, _ in .response(200, [("ETag", "\"v\"")], "0123456789") }
    let bucket = try bucket(server)
    let received = Mutex<[UInt8]>([])
    let attributes = try await bucket.get("object", range: 3..<6) { bytes in received.withLock { $0 += bytes } }
    #expect(received.withLock { $0 } == Array("345".utf8))
    #expect(attributes.size == 10)
  }

  @Test("an error of the receiver ends the download and comes through as it is")
  func receiver() async throws {
    struct Full: Error {}
    let server = try ScriptedServer { _, _ in .response(200, [("ETag", "\"v\"")], "0123456789") }
    let bucket = try bucket(server)
    await #expect(throws: Full.self) { try await bucket.get("object", range: nil) { _ in throw Full() } }
    #expect(server.requests.count == 1)
  }

  @Test("a transfer that stands still is taken up again")
  func stall() async throws {
    let server = try ScriptedServer { request, number in
      number == 0
        ? [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v\"\r\n\r\n01234"), .wait(.seconds(30)), .close]
        : [.send("HTTP/1.1 206 OK\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\nETag: \"v\"\r\n\r\n56789")]
    }
    let bucket = try bucket(server, stall: .milliseconds(500))
    #expect(try await bucket.read("object", limit: 100) == Array("0123456789".utf8))
  }

  @Test("the region that a refusal names is adopted, once for all requests")
  func region() async throws {
    let server = try ScriptedServer { request, _ in
      request["Authorization"]?.contains("/eu-west-3/s3/") == true
        ? .response(200, [("Content-Type", "x")], "<ListBucketResult/>")
        : .refusal(400, "AuthorizationHeaderMalformed", more: "<Region>eu-west-3</Region>")
    }
    let bucket = try bucket(server)
    _ = try await bucket.list(prefix: "", style: .recursive)
    _ = try await bucket.list(prefix: "", style: .recursive)
    #expect(server.requests.count == 3)
  }

  @Test("a region that is not configured is asked for once; who may not ask goes on", arguments: [true, false])
  func location(_ permitted: Bool) async throws {
    let server = try ScriptedServer { request, _ in
      if request.target.hasSuffix("?location=") {
        return permitted
          ? .response(200, [], "<LocationConstraint>EU</LocationConstraint>") : .refusal(403, "AccessDenied")
      }
      return .response(200, [], "<ListBucketResult/>")
    }
    let bucket = try bucket(server) { $0.region = "" }
    _ = try await bucket.list(prefix: "", style: .recursive)
    _ = try await bucket.list(prefix: "", style: .recursive)
    let expected = permitted ? "/eu-west-1/s3/" : "/us-east-1/s3/"
    #expect(server.requests.count == 3)
    #expect(server.requests.dropFirst().allSatisfy { $0["Authorization"]?.contains(expected) == true })
  }

  @Test(
    "HEAD that is refused without a reason gets one by asking again",
    arguments: [
      (404, "NoSuchKey", BucketError.Code.objectNotFound), (404, "NoSuchBucket", .bucketNotFound),
      (403, "InvalidAccessKeyId", .badCredentials),
      (403, "AccessDenied", .accessDenied), (404, "", .objectNotFound), (403, "", .accessDenied),
    ])
  func head(_ status: Int, _ code: String, _ expected: BucketError.Code) async throws {
    let server = try ScriptedServer { request, _ in
      request.method == "HEAD" ? .response(status) : code.isEmpty ? .response(status) : .refusal(status, code)
    }
    let bucket = try bucket(server)
    let error = await error { _ = try await bucket.attributes(of: "object") }
    #expect(error?.code == expected)
    if expected == .accessDenied { #expect(error?.reason.contains("s3:ListBucket") == true) }
  }

  @Test("an ETag that contradicts what was sent is an error, unless the bucket encrypts by itself")
  func wrongETag() async throws {
    let wrong = ("ETag", "\"\(Self.md5("other"))\"")
    let server = try ScriptedServer { request, _ in
      .response(200, request.target.contains("kms") ? [wrong, ("x-amz-server-side-encryption", "aws:kms")] : [wrong])
    }
    let bucket = try bucket(server)
    #expect(await error { try await bucket.put("object", .bytes(Array("x".utf8))) }?.code == .rejected)
    #expect(try await bucket.put("kms", .bytes(Array("x".utf8))).etag == Self.md5("other"))
  }

  @Test("nobody answering after contact is a store that restarts; before, a wrong address")
  func contact() async throws {
    var server: ScriptedServer? = try ScriptedServer { _, _ in .response(200, [], "<ListBucketResult/>") + [.close] }
    let delays = Delays()
    let bucket = try bucket(try #require(server), delays: delays, attempts: 4)
    _ = try await bucket.list(prefix: "", style: .recursive)
    #expect(delays.all.isEmpty)
    server = nil
    // The listener's thread lets go of its socket in its own time.
    try await Task.sleep(for: .milliseconds(100))
    #expect(await error { _ = try await bucket.list(prefix: "", style: .recursive) } != nil)
    #expect(delays.all.count == 3)
  }

  @Test("secrets stay out of traces")
  func redaction() {
    let headers = HTTPHeaders([
      ("Authorization", "AWS id:signature"), ("X-Amz-Security-Token", "token"),
      ("x-amz-server-side-encryption-customer-key", "key"), ("Range", "bytes=0-9"),
    ])
    let text = S3Trace.text(headers)
    #expect(
      text
        == "{Authorization: <secret>; X-Amz-Security-Token: <secret>; "
        + "x-amz-server-side-encryption-customer-key: <secret>; Range: bytes=0-9}"
    )
  }
}
