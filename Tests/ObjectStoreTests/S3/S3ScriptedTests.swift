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
    // The request's own delays, and the whole run's where the store had too much to do.
    #expect(delays.all.count { $0 == .seconds(7) } == ([429, 503].contains(status) ? 4 : 2))
    #expect(delays.all.allSatisfy { $0 == .seconds(7) })
  }

  @Test(
    "what is final is asked once",
    arguments: [
      (400, "UnsupportedAlgorithm", BucketError.Code.badCredentials),
      (400, "InvalidRequest", .rejected), (403, "AccessDenied", .accessDenied), (403, "InvalidObjectState", .rejected),
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

  @Test("a gateway's long page does not hide its status")
  func longRefusal() async throws {
    let server = try ScriptedServer { _, number in
      number == 0
        ? .response(503, bytes: [UInt8](repeating: 0x20, count: 1 << 20)) : .response(200, [], "<ListBucketResult/>")
    }
    let bucket = try bucket(server)
    _ = try await bucket.list(prefix: "", style: .recursive)
    #expect(server.requests.count == 2)
  }

  @Test("an answer that is cut off after other faults is asked for again, one that always is is an error")
  func cutAnswer() async throws {
    let listing = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    let server = try ScriptedServer { _, number in
      number < 4 ? .refusal(500, "InternalError") : .response(200, [], String(listing.prefix(number < 6 ? 30 : 999)))
    }
    #expect(try await bucket(server).list(prefix: "", style: .recursive).objects.isEmpty)
    #expect(server.requests.count == 7)
    let broken = try ScriptedServer { _, _ in .response(200, [], String(listing.prefix(30))) }
    let bucket = try bucket(broken)
    #expect(await error { _ = try await bucket.list(prefix: "", style: .recursive) } != nil)
    #expect(broken.requests.count == 4)
  }

  @Test("a page of a listing is read up to 8 MiB")
  func longPage() async throws {
    let server = try ScriptedServer { _, _ in .response(200, bytes: [UInt8](repeating: 0x20, count: 8 << 20 + 1)) }
    let bucket = try bucket(server)
    let error = await error { _ = try await bucket.list(prefix: "", style: .recursive) }
    #expect(error?.reason.contains("longer than \(8 << 20) bytes") == true)
  }

  @Test("a signature that the store does not take points to the key that changes it")
  func signatureVersion() async throws {
    let words = "<Message>The authorization mechanism is not supported. Please use AWS4-HMAC-SHA256.</Message>"
    let server = try ScriptedServer { _, _ in
      .response(400, [], "<Error><Code>InvalidRequest</Code>\(words)</Error>")
    }
    let bucket = try bucket(server) { $0.signatureVersion2 = true }
    let error = await error { _ = try await bucket.list(prefix: "", style: .recursive) }
    #expect(error?.code == .badCredentials)
    #expect(error?.reason.contains("`signature_version2`") == true)
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
          .close,
        ]
      }
      let from = Int(request["Range"]?.dropFirst("bytes=".count).split(separator: "-").first ?? "") ?? 0
      let end = number == 1 ? 700 : 1000
      let head =
        "HTTP/1.1 206 Partial\r\nContent-Length: \(1000 - from)\r\nContent-Range: bytes \(from)-999/1000\r\n\(etag)\r\n"
      return [.send(head), .bytes(Array(content[from..<end])), .close]
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
          .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"v1\"\r\n\r\n01234"), .close,
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

  @Test(
    "an endpoint that takes connections and breaks them off is given up soon, also while its region is not known",
    arguments: ["us-east-1", ""])
  func breaksOff(_ region: String) async throws {
    let server = try ScriptedServer { _, _ in [.close] }
    let bucket = try bucket(server) { $0.region = region }
    let error = await error { _ = try await bucket.list(prefix: "", style: .recursive) }
    #expect(error?.code == .unreachable)
    #expect(error?.reason.contains("`endpoint`") == true)
    #expect(server.requests.count == 3)
  }

  @Test("an endpoint that never says a word costs one time-out", arguments: ["us-east-1", ""])
  func silent(_ region: String) async throws {
    let server = try ScriptedServer { _, _ in [.wait(.seconds(30))] }
    let bucket = try bucket(server) {
      $0.region = region
      $0.http.responseHeaderTimeout = .milliseconds(300)
    }
    #expect(await error { _ = try await bucket.list(prefix: "", style: .recursive) }?.code == .unreachable)
    #expect(server.requests.count == 1)
  }

  @Test("a listing that goes in a circle is an error", arguments: [1, 2, 5])
  func circle(_ length: Int) async throws {
    let server = try ScriptedServer { _, number in
      .response(
        200, [],
        "<ListBucketResult><IsTruncated>true</IsTruncated>"
          + "<NextContinuationToken>\(number % length)</NextContinuationToken></ListBucketResult>")
    }
    let bucket = try bucket(server)
    #expect(await error { _ = try await bucket.list(prefix: "", style: .recursive) }?.code == .rejected)
    #expect(server.requests.count <= length + 1)
  }

  /// Answers to GET that do not say how long the object is.
  enum Framing: String, CaseIterable { case chunked, untilClose, openRange }

  private func answer(_ framing: Framing, _ text: String) -> [ScriptedServer.Step] {
    let etag = "ETag: \"v\"\r\n"
    switch framing {
    case .chunked:
      return [
        .send("HTTP/1.1 200 OK\r\n\(etag)Transfer-Encoding: chunked\r\n\r\n\(text.count)\r\n\(text)\r\n0\r\n\r\n")
      ]
    case .untilClose: return [.send("HTTP/1.1 200 OK\r\n\(etag)Connection: close\r\n\r\n\(text)"), .close]
    case .openRange:
      return [
        .send(
          "HTTP/1.1 206 OK\r\n\(etag)Content-Length: \(text.count)\r\n"
            + "Content-Range: bytes 0-\(text.count - 1)/*\r\n\r\n\(text)"
        )
      ]
    }
  }

  @Test(
    "an answer without its length is taken, and HEAD says the size if it can", arguments: Framing.allCases,
    [true, false])
  func unknownLength(_ framing: Framing, _ headAnswers: Bool) async throws {
    let server = try ScriptedServer { request, _ in
      if request.method == "HEAD" {
        return headAnswers
          ? [.send("HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 9\r\n\r\n")] : .response(403)
      }
      return answer(framing, "012345678")
    }
    let bucket = try bucket(server)
    let received = Mutex<[UInt8]>([])
    let attributes = try await bucket.get("object", range: nil) { bytes in received.withLock { $0 += bytes } }
    #expect(received.withLock { $0 } == Array("012345678".utf8))
    #expect(attributes.size == 9)
    #expect(attributes.etag == "v")
  }

  @Test("an answer that ends with the connection, and too early, is gone on with")
  func cutOff() async throws {
    let server = try ScriptedServer { request, number in
      if request.method == "HEAD" {
        return [.send("HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 9\r\n\r\n")]
      }
      return number == 0
        ? answer(.untilClose, "01234")
        : [.send("HTTP/1.1 206 OK\r\nContent-Length: 4\r\nContent-Range: bytes 5-8/9\r\nETag: \"v\"\r\n\r\n5678")]
    }
    #expect(try await bucket(server).read("object", limit: 100) == Array("012345678".utf8))
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
    let text = RequestTrace.text(headers)
    #expect(
      text
        == "{Authorization: <secret>; X-Amz-Security-Token: <secret>; "
        + "x-amz-server-side-encryption-customer-key: <secret>; Range: bytes=0-9}"
    )
  }
}
