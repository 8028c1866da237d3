import Fixtures
import HTTP
import Logging
import Testing

@testable import ObjectStore

@Suite("What S3 says of an object without giving it", .timeLimit(.minutes(1)))
struct S3EvidenceTests {
  private func bucket(
    _ server: ScriptedServer, _ change: (inout S3Configuration) -> Void = { _ in }
  ) throws -> any Bucket {
    var configuration = S3Configuration(
      bucket: "thanos", endpoint: "127.0.0.1:\(server.port)", accessKey: "k", secretKey: "s")
    configuration.insecure = true
    configuration.region = "us-east-1"
    change(&configuration)
    var policy = RetryPolicy()
    policy.attempts = 2
    policy.clock = RetryClock(now: { .zero }, sleep: { _ in }, random: { 0 })
    let bucket = try S3Bucket(
      configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, environment: { _ in nil },
      policy: policy)
    // Keys go through a prefix, as in most configurations.
    return PrefixedBucket(bucket, prefix: "p")
  }

  /// An answer to HEAD, which has a length and no body.
  private static func head(_ status: Int, _ size: Int, _ fields: [(String, String)] = []) -> [ScriptedServer.Step] {
    let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
    return [.send("HTTP/1.1 \(status) Reason\r\nContent-Length: \(size)\r\n\(lines)\r\n")]
  }

  private static let etag = ("ETag", "\"d41d8cd98f00b204e9800998ecf8427e\"")
  private static let multipartTag = ("ETag", "\"d41d8cd98f00b204e9800998ecf8427e-3\"")

  struct Answer: Sendable, CustomTestStringConvertible {
    let name: String
    let fields: [(String, String)]
    let checksum: ObjectChecksum?
    let etagMayBeChecksum: Bool
    var testDescription: String { name }
  }

  @Test("checksums of the whole object count, those of parts' checksums do not", arguments: [
    Answer(name: "none", fields: [etag], checksum: nil, etagMayBeChecksum: true),
    Answer(
      name: "of the whole", fields: [multipartTag, ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="), ("x-amz-checksum-type", "FULL_OBJECT")],
      checksum: ObjectChecksum(algorithm: "CRC64NVME", value: "rosUhgp5mIg="), etagMayBeChecksum: true),
    Answer(
      name: "of the parts'", fields: [multipartTag, ("x-amz-checksum-crc32c", "4waSgw=="), ("x-amz-checksum-type", "COMPOSITE")],
      checksum: nil, etagMayBeChecksum: true),
    Answer(
      name: "of the parts', as its number says", fields: [multipartTag, ("x-amz-checksum-sha256", "AAAA-3")], checksum: nil,
      etagMayBeChecksum: true),
    Answer(
      name: "encrypted by KMS", fields: [etag, ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-checksum-crc32c", "4waSgw==")],
      checksum: ObjectChecksum(algorithm: "CRC32C", value: "4waSgw=="), etagMayBeChecksum: false),
    Answer(
      name: "encrypted by the store", fields: [etag, ("x-amz-server-side-encryption", "AES256")], checksum: nil,
      etagMayBeChecksum: true),
    Answer(
      name: "encrypted by the customer", fields: [etag, ("x-amz-server-side-encryption-customer-algorithm", "AES256")],
      checksum: nil, etagMayBeChecksum: false),
  ])
  func checksums(_ answer: Answer) async throws {
    let server = try ScriptedServer { _, _ in Self.head(200, 9, answer.fields) }
    let evidence = try await bucket(server).evidence(of: "object")
    #expect(evidence.attributes.checksum == answer.checksum && evidence.etagMayBeChecksum == answer.etagMayBeChecksum)
    #expect(evidence.attributes.size == 9 && evidence.attributes.etag?.hasPrefix("d41d8cd9") == true)
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1 && request.method == "HEAD" && request.target == "/thanos/p/object")
    // Asked for whatever this program writes itself.
    #expect(request["x-amz-checksum-mode"] == "ENABLED")
  }

  @Test("a store that refuses the question is asked without it", arguments: [400, 403, 501])
  func refused(_ status: Int) async throws {
    let server = try ScriptedServer { request, _ in
      request["x-amz-checksum-mode"] == nil ? Self.head(200, 9, [Self.etag]) : Self.head(status, 0)
    }
    let evidence = try await bucket(server).evidence(of: "object")
    #expect(evidence.attributes.size == 9 && evidence.attributes.checksum == nil && evidence.etagMayBeChecksum)
    #expect(server.requests.count == 2)
  }

  @Test("without s3:ListBucket nobody is told that an object is missing, and that is said")
  func forbidden() async throws {
    let server = try ScriptedServer { request, _ in
      request.method == "HEAD" ? Self.head(403, 0) : .response(403, [], "<Error><Code>AccessDenied</Code></Error>")
    }
    let error = await #expect(throws: BucketError.self) { _ = try await bucket(server).evidence(of: "object") }
    #expect(error?.code == .accessDenied && error?.key == "object")
    #expect(error?.reason.contains("s3:GetObject is not permitted, or there is no such object") == true)
  }

  @Test("an object, or a bucket, that is not there", arguments: [
    ("NoSuchKey", BucketError.Code.objectNotFound), ("NoSuchBucket", .bucketNotFound),
  ])
  func missing(_ code: String, _ expected: BucketError.Code) async throws {
    let server = try ScriptedServer { request, _ in
      request.method == "HEAD" ? Self.head(404, 0) : .response(404, [], "<Error><Code>\(code)</Code></Error>")
    }
    let error = await #expect(throws: BucketError.self) { _ = try await bucket(server).evidence(of: "object") }
    #expect(error?.code == expected)
  }

  // MARK: Parts

  private func server(parts: [Int], total: Int, count: Int? = nil) throws -> ScriptedServer {
    try ScriptedServer { request, _ in
      guard let number = request.target.split(separator: "=").last.flatMap({ Int($0) }), 1...parts.count ~= number else {
        return Self.head(416, 0)
      }
      let range = ("Content-Range", "bytes 0-\(parts[number - 1] - 1)/\(total)")
      return Self.head(206, parts[number - 1], [range, ("x-amz-mp-parts-count", "\(count ?? parts.count)")])
    }
  }

  @Test("the first part and the last tell how an object was cut")
  func equalParts() async throws {
    let server = try server(parts: [7, 7, 7, 2], total: 23)
    #expect(try await bucket(server).partSize(of: "object") == 7)
    #expect(server.requests.map(\.target) == ["/thanos/p/object?partNumber=1", "/thanos/p/object?partNumber=4"])
    let (two, one) = (try self.server(parts: [7, 2], total: 9), try self.server(parts: [9], total: 9))
    #expect(try await bucket(two).partSize(of: "object") == 7)
    #expect(try await bucket(one).partSize(of: "object") == 9)
    #expect(two.requests.count == 1 && one.requests.count == 1)
  }

  @Test("parts of different sizes are not called equal", arguments: [
    ([7, 5, 7, 4], 23, nil), ([7, 2], 9, 3), ([0, 9], 9, nil), ([7, 2], 0, nil), ([7, 2], 9, -1),
  ] as [([Int], Int, Int?)])
  func unequal(_ parts: [Int], _ total: Int, _ count: Int?) async throws {
    let server = try server(parts: parts, total: total, count: count)
    #expect(try await bucket(server).partSize(of: "object") == nil)
    #expect(!server.requests.isEmpty)
  }

  @Test("a store that does not know the question tells nothing", arguments: [200, 400, 416, 501])
  func silent(_ status: Int) async throws {
    let server = try ScriptedServer { _, _ in Self.head(status, status == 200 ? 23 : 0, [Self.multipartTag]) }
    #expect(try await bucket(server).partSize(of: "object") == nil)
  }

  @Test("numbers out of all bounds make no trouble")
  func hostile() async throws {
    let fields = [
      ("Content-Range", "bytes 0-1/18446744073709551615"), ("x-amz-mp-parts-count", "9223372036854775807"),
    ]
    let server = try ScriptedServer { _, _ in Self.head(206, 2, fields) }
    #expect(try await bucket(server).partSize(of: "object") == nil)
  }
}
