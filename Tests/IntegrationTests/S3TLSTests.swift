import HTTP
import Logging
import Platform
import Testing

@testable import ObjectStore

/// Certificates, and what S3 allows over TLS only.
@Suite("S3 over TLS", .timeLimit(.minutes(5)))
struct S3TLSTests {
  private func bucket(
    prefix: String = SeaweedFS.freshPrefix(), _ change: (inout S3Configuration, SeaweedFS) -> Void
  ) async throws -> any Bucket {
    let server = try await SeaweedFS.shared.value
    guard (try? Directory.status(of: server.folder + "/cert.pem")) != nil else {
      throw SeaweedFS.Failure(description: "no certificate for the server: install openssl")
    }
    let configuration = server.configuration {
      $0.insecure = false
      $0.endpoint = server.secureEndpoint
      change(&$0, server)
    }
    return PrefixedBucket(try S3Bucket(configuration, logger: Logger(label: "test")), prefix: prefix)
  }

  /// Verified as `tls_config` says.
  private func verified(_ configuration: inout S3Configuration, _ server: SeaweedFS) {
    configuration.http.tls.caFile = server.folder + "/cert.pem"
    configuration.http.tls.serverName = SeaweedFS.serverName
  }

  private let content = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13 >> 4) })

  private func code(_ body: () async throws -> Void) async -> BucketError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? BucketError)?.code
    }
  }

  @Test(
    "a certificate that nobody vouches for, or for another name, is refused; ca_file and server_name set that right")
  func certificates() async throws {
    let unknown = try await bucket { _, _ in }
    #expect(await code { _ = try await unknown.list(prefix: "", style: .recursive) } == .unreachable)
    let misnamed = try await bucket { configuration, server in
      verified(&configuration, server)
      configuration.http.tls.serverName = ""
    }
    #expect(await code { _ = try await misnamed.list(prefix: "", style: .recursive) } == .unreachable)
    let missing = try await bucket { $0.http.tls.caFile = $1.folder + "/no-such-file" }
    #expect(await code { _ = try await missing.list(prefix: "", style: .recursive) } == .unreachable)
    let trusted = try await bucket(verified)
    #expect(try await trusted.list(prefix: "", style: .recursive).objects.isEmpty)
  }

  @Test("bodies need no hash in the signature over TLS, and arrive whole", arguments: [false, true])
  func unsignedPayload(_ usesV2: Bool) async throws {
    let bucket = try await bucket { configuration, _ in
      configuration.http.tls.insecureSkipVerify = true
      configuration.signatureVersion2 = usesV2
    }
    let receipt = try await bucket.put("object", .bytes(content))
    #expect(receipt.etag == Hexadecimal.text(PayloadDigest.md5(of: content)))
    #expect(try await bucket.read("object", limit: 4 << 20) == content)
  }

  @Test("an object under the customer's key is read with it, and not without")
  func customerKey() async throws {
    let path = "/tmp/blockhaul-sse-\(UInt64.random(in: 0 ... .max))"
    try AtomicFile.write([UInt8](0..<32), to: path)
    defer { _ = try? Directory.removeFile(path) }
    let prefix = SeaweedFS.freshPrefix()
    let bucket = try await bucket(prefix: prefix) { configuration, server in
      verified(&configuration, server)
      configuration.encryption = .customerKey(keyFile: path)
    }
    try await bucket.put("object", .bytes(content))
    #expect(try await bucket.read("object", limit: 4 << 20) == content)
    #expect(try await bucket.attributes(of: "object").size == UInt64(content.count))
    var plain = try await SeaweedFS.shared.value.configuration()
    plain.encryption = .none
    let without = PrefixedBucket(try S3Bucket(plain, logger: Logger(label: "test")), prefix: prefix)
    #expect(await code { _ = try await without.read("object", limit: 4 << 20) } != nil)
  }
}
