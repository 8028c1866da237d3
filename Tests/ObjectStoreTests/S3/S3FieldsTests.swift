import Fixtures
import Logging
import Platform
import Synchronization
import Testing

@testable import ObjectStore

/// What goes out in the fields of a request, and what must not go anywhere else.
@Suite("Fields of S3 requests", .timeLimit(.minutes(1)))
struct S3FieldsTests {
  /// Everything that is logged.
  private final class Log: Sendable {
    private let state = Mutex<[String]>([])
    var lines: [String] { state.withLock { $0 } }

    var logger: Logger {
      var logger = Logger(label: "test") { _ in Handler(log: self) }
      logger.logLevel = .trace
      return logger
    }

    struct Handler: LogHandler {
      let log: Log
      var logLevel = Logger.Level.trace
      var metadata: Logger.Metadata = [:]
      subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
      }
      func log(event: LogEvent) { log.state.withLock { $0.append("\(event.level): \(event.message)") } }
    }
  }

  private func bucket(
    _ server: ScriptedServer, log: Log = Log(), environment: [String: String] = [:],
    _ change: (inout S3Configuration) -> Void = { _ in }
  ) throws -> S3Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "key-id", secretKey: "top-secret")
    configuration.insecure = true
    configuration.region = "us-east-1"
    change(&configuration)
    return try S3Bucket(configuration, logger: log.logger, environment: { environment[$0] })
  }

  @Test("metadata, storage class and encryption by the store")
  func writing() async throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    let bucket = try bucket(server) {
      $0.userMetadata = ["owner": "me", "Cache-Control": "no-store", "X-Amz-Acl": "private", "x-amz-meta-a": "b"]
      $0.storageClass = "STANDARD_IA"
      $0.encryption = .kms(keyID: "the-key", context: ["b": "2", "a": "\"1\""])
    }
    try await bucket.put("object", .bytes([1]))
    let request = try #require(server.requests.first)
    #expect(request["x-amz-meta-owner"] == "me")
    #expect(request["x-amz-meta-a"] == "b")
    #expect(request["Cache-Control"] == "no-store")
    #expect(request["x-amz-acl"] == "private")
    #expect(request["x-amz-storage-class"] == "STANDARD_IA")
    #expect(request["Content-Type"] == "application/octet-stream")
    #expect(request["Content-MD5"] == Base64.text(PayloadDigest.md5(of: [1])))
    #expect(request["x-amz-server-side-encryption"] == "aws:kms")
    #expect(request["x-amz-server-side-encryption-aws-kms-key-id"] == "the-key")
    #expect(request["x-amz-server-side-encryption-context"] == Base64.text(Array(#"{"a":"\"1\"","b":"2"}"#.utf8)))
  }

  @Test("an ETag that looks like an MD5 and is none is taken, with one warning; none if the bucket encrypts by itself")
  func foreignETag() async throws {
    let wrong = ("ETag", "\"\(Hexadecimal.text(PayloadDigest.md5(of: [2])))\"")
    let server = try ScriptedServer { request, _ in
      .response(200, request.target.contains("kms") ? [wrong, ("x-amz-server-side-encryption", "aws:kms")] : [wrong])
    }
    let log = Log()
    let bucket = try bucket(server, log: log)
    #expect(try await bucket.put("kms", .bytes([1])).etag == Hexadecimal.text(PayloadDigest.md5(of: [2])))
    #expect(log.lines.isEmpty)
    for _ in 0..<2 {
      #expect(try await bucket.put("object", .bytes([1])).etag == Hexadecimal.text(PayloadDigest.md5(of: [2])))
    }
    #expect(log.lines.count { $0.contains("warning") && $0.contains("object") } == 1)
    #expect(server.requests.allSatisfy { $0["Content-MD5"] == Base64.text(PayloadDigest.md5(of: [1])) })
  }

  @Test("no Content-MD5 where the configuration turns it off")
  func noMD5() async throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    try await bucket(server) { $0.sendsContentMD5 = false }.put("object", .bytes([1]))
    #expect(server.requests.first?["Content-MD5"] == nil)
  }

  @Test("a customer's key goes over no open line, and must have 32 bytes")
  func customerKey() throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    let path = "/tmp/blockhaul-sse-\(UInt64.random(in: 0 ... .max))"
    try AtomicFile.write([UInt8](repeating: 1, count: 31), to: path)
    defer { _ = try? Directory.removeFile(path) }
    for insecure in [true, false] {
      #expect(throws: BucketError.self) {
        try bucket(server) {
          $0.insecure = insecure
          $0.encryption = .customerKey(keyFile: path)
        }
      }
    }
  }

  @Test("credentials come from the configuration, else from the environment, else requests go out unsigned")
  func credentials() async throws {
    let server = try ScriptedServer { _, _ in .refusal(403, "AccessDenied") }
    func send(_ environment: [String: String], _ change: (inout S3Configuration) -> Void) async throws -> BucketError? {
      do {
        _ = try await bucket(server, environment: environment, change).list(prefix: "", style: .recursive)
      } catch let error as BucketError {
        return error
      }
      return nil
    }
    let variables = ["AWS_ACCESS_KEY_ID": "env-id", "AWS_SECRET_KEY": "env-secret", "AWS_SESSION_TOKEN": "env-token"]
    _ = try await send(variables) { _ in }
    _ = try await send(variables) { $0.accessKey = "" }
    let error = try await send(["AWS_EC2_METADATA_DISABLED": "true"]) { $0.accessKey = "" }
    #expect(server.requests[0]["Authorization"]?.contains("Credential=key-id/") == true)
    #expect(server.requests[0]["x-amz-security-token"] == nil)
    #expect(server.requests[1]["Authorization"]?.contains("Credential=env-id/") == true)
    #expect(server.requests[1]["x-amz-security-token"] == "env-token")
    #expect(server.requests[2]["Authorization"] == nil)
    #expect(error?.code == .accessDenied)
    #expect(error?.reason.contains("`access_key`") == true)
    #expect(error?.reason.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
    let strict = try await send(["AWS_EC2_METADATA_DISABLED": "true"]) {
      $0.accessKey = ""
      $0.awsSDKAuth = true
    }
    #expect(strict?.code == .badCredentials)
    #expect(strict?.reason.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
    #expect(server.requests.count == 3)
  }

  @Test("trace.enable shows requests and answers without a secret; else there is nothing", arguments: [true, false])
  func trace(_ isOn: Bool) async throws {
    let server = try ScriptedServer { _, _ in .refusal(403, "SignatureDoesNotMatch") }
    let log = Log()
    let bucket = try bucket(server, log: log) {
      $0.traces = isOn
      $0.sessionToken = "the-token"
    }
    do {
      try await bucket.put("object", .bytes([1]))
      Issue.record("no error")
    } catch {
      #expect(!"\(error)".contains("top-secret") && !"\(error)".contains("the-token"))
    }
    let text = log.lines.joined(separator: "\n")
    #expect(log.lines.count == (isOn ? 2 : 0))
    #expect(text.contains("PUT http://127.0.0.1:\(server.port)/thanos/object") == isOn)
    let signature = try #require(server.requests.first?["Authorization"]?.split(separator: "Signature=").last)
    for secret in ["top-secret", "the-token", String(signature)] { #expect(!text.contains(secret)) }
  }
}
