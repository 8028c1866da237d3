import Logging
import Platform
import Testing

@testable import ObjectStore

/// The S3 provider against a real server.
@Suite("S3 against SeaweedFS", .timeLimit(.minutes(5)))
struct S3Tests {
  /// Signature and listing versions that a configuration can ask for.
  enum Dialect: String, CaseIterable, CustomTestStringConvertible {
    case v4ListV2, v4ListV1, v2ListV2, v2ListV1

    var testDescription: String { rawValue }

    func apply(_ configuration: inout S3Configuration) {
      configuration.signatureVersion2 = self == .v2ListV1 || self == .v2ListV2
      configuration.listObjectsVersion = self == .v4ListV1 || self == .v2ListV1 ? .v1 : .v2
    }
  }

  private func bucket(
    _ name: String = SeaweedFS.bucket, as identity: (accessKey: String, secretKey: Secret) = SeaweedFS.admin,
    prefix: String = SeaweedFS.freshPrefix(), _ change: (inout S3Configuration) -> Void = { _ in }
  ) async throws -> any Bucket {
    let server = try await SeaweedFS.shared.value
    let bucket = try S3Bucket(server.configuration(name, as: identity, change), logger: Logger(label: "test"))
    return PrefixedBucket(bucket, prefix: prefix)
  }

  private func code(_ body: () async throws -> Void) async -> BucketError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? BucketError)?.code
    }
  }

  /// Bytes without a pattern that a lost or repeated block could hide in.
  private func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
  }

  @Test("what is put is read back, listed, stated and deleted, in every dialect", arguments: Dialect.allCases)
  func roundTrip(_ dialect: Dialect) async throws {
    let bucket = try await bucket(SeaweedFS.bucket, dialect.apply)
    let key = "01M8/chunks/00 0+1&ü=%.bin"
    let content = noise(100_000)
    let receipt = try await bucket.put(key, .bytes(content))
    #expect(receipt.etag == Hexadecimal.text(PayloadDigest.md5(of: content)))
    #expect(try await bucket.read(key, limit: 1 << 20) == content)
    let attributes = try await bucket.attributes(of: key)
    #expect(attributes.size == 100_000)
    #expect(attributes.etag == receipt.etag)
    #expect(abs((attributes.modified ?? 0) - WallClock.milliseconds) < 60_000)
    let listed = try await bucket.list(prefix: "", style: .recursive)
    #expect(listed.objects.map(\.key) == [key])
    #expect(listed.objects.first?.attributes.size == 100_000)
    #expect(listed.objects.first?.attributes.etag == receipt.etag)
    #expect(try await bucket.list(prefix: "01M8/", style: .delimited).folders == ["01M8/chunks/"])
    try await bucket.delete(key)
    try await bucket.delete(key)
    #expect(try await bucket.exists(key) == false)
  }

  @Test("a range comes without its surroundings, also past the end")
  func ranges() async throws {
    let bucket = try await bucket()
    let content = noise(3 << 20)
    try await bucket.put("object", .bytes(content))
    try await bucket.put("empty", .bytes([]))
    for range: Range<UInt64> in [0..<1, 1000..<2_000_000, 3_145_727..<9_000_000, 3_145_728..<9_000_000, 7..<7] {
      let collected = Collector()
      let attributes = try await bucket.get("object", range: range) { await collected.append($0) }
      #expect(attributes.size == 3 << 20)
      let clamped = range.clamped(to: 0..<3_145_728)
      #expect(await collected.bytes == Array(content[Int(clamped.lowerBound)..<Int(clamped.upperBound)]), "\(range)")
    }
    #expect(try await bucket.read("empty", limit: 10) == [])
    #expect(try await bucket.get("empty", range: nil) { _ in }.size == 0)
  }

  @Test(
    "objects around the part size are cut as configured and read back byte for byte", arguments: [-1, 0, 1],
    [false, true])
  func multipart(_ difference: Int, _ usesV2: Bool) async throws {
    let bucket = try await bucket {
      $0.partSize = 5 << 20
      $0.signatureVersion2 = usesV2
    }
    let content = noise((5 << 20) + difference, seed: 7)
    let receipt = try await bucket.put("object", .bytes(content))
    #expect(receipt.partSize == (difference > 0 ? 5 << 20 : nil))
    #expect(receipt.etag?.hasSuffix("-2") == (difference > 0))
    #expect(try await bucket.attributes(of: "object").etag == receipt.etag)
    #expect(try await bucket.read("object", limit: 16 << 20) == content)
  }

  @Test("parts sent one by one are listed, completed and give the ETag of S3's rule; an aborted upload leaves nothing")
  func steps() async throws {
    let prefix = SeaweedFS.freshPrefix()
    let bucket = try await bucket(prefix: prefix)
    let multipart = try S3Bucket(
      try await SeaweedFS.shared.value.configuration(), logger: Logger(label: "test")
    ).multipart
    let key = prefix + "/object"
    let content = noise(12 << 20, seed: 3)
    let upload = try await multipart.create(key)
    var parts: [StoredPart] = []
    for (index, region) in PartTransfer.regions(of: 12 << 20, partSize: 5 << 20).enumerated() {
      let part = try await multipart.client.prepare(index + 1, region, of: .bytes(content), upload.checksums)
      parts.append(try await multipart.send(part, to: upload))
    }
    let listed = try await multipart.list(upload).parts
    #expect(listed.map(\.number) == [1, 2, 3] && listed.map(\.etag) == parts.map(\.etag) && listed.map(\.size) == parts.map(\.size))
    #expect(try await multipart.complete(upload, parts).etag == S3Multipart.etag(of: parts))
    #expect(try await bucket.read("object", limit: 16 << 20) == content)

    let other = try await multipart.create(key + "2")
    let part = try await multipart.client.prepare(1, 0..<100, of: .bytes(noise(100)), other.checksums)
    _ = try await multipart.send(part, to: other)
    try await multipart.abort(other.key, upload: other.id)
    #expect(try await bucket.exists("object2") == false)
    #expect(try await bucket.list(prefix: "", style: .recursive).objects.map(\.key) == ["object"])
  }

  @Test("a wrong secret and an unknown key are refused as such", arguments: [false, true])
  func badCredentials(_ usesV2: Bool) async throws {
    for identity in [
      (accessKey: SeaweedFS.admin.accessKey, secretKey: Secret("wrong")), (accessKey: "nobody", secretKey: "x"),
    ] {
      let bucket = try await bucket(as: identity) { $0.signatureVersion2 = usesV2 }
      #expect(await code { _ = try await bucket.list(prefix: "", style: .recursive) } == .badCredentials)
      #expect(await code { try await bucket.put("object", .bytes([1])) } == .badCredentials)
      #expect(await code { _ = try await bucket.attributes(of: "object") } == .badCredentials)
      #expect(await code { _ = try await bucket.read("object", limit: 10) } == .badCredentials)
    }
  }

  @Test("a bucket that does not exist is named as such by every call")
  func missingBucket() async throws {
    let bucket = try await bucket("no-such-bucket")
    #expect(await code { _ = try await bucket.list(prefix: "", style: .delimited) } == .bucketNotFound)
    #expect(await code { _ = try await bucket.attributes(of: "object") } == .bucketNotFound)
    #expect(await code { _ = try await bucket.read("object", limit: 10) } == .bucketNotFound)
    #expect(await code { try await bucket.put("object", .bytes([1])) } == .bucketNotFound)
    #expect(await code { try await bucket.delete("object") } == .bucketNotFound)
  }

  @Test("a key that may only read may not write or delete")
  func readOnly() async throws {
    let prefix = SeaweedFS.freshPrefix()
    try await bucket(prefix: prefix).put("object", .bytes([1, 2, 3]))
    let bucket = try await bucket(as: SeaweedFS.reader, prefix: prefix) { $0.partSize = 5 << 20 }
    #expect(try await bucket.read("object", limit: 10) == [1, 2, 3])
    #expect(await code { try await bucket.put("other", .bytes([1])) } == .accessDenied)
    #expect(await code { try await bucket.put("large", .bytes(noise(6 << 20))) } == .accessDenied)
    #expect(await code { try await bucket.delete("object") } == .accessDenied)
    #expect(try await bucket.exists("object"))
  }

  @Test("part_size 0 is Thanos' own choice of parts")
  func defaultPart() async throws {
    let bucket = try await bucket { $0.partSize = 0 }
    let content = noise((16 << 20) + 1, seed: 11)
    let receipt = try await bucket.put("object", .bytes(content))
    #expect(receipt.partSize == 16 << 20)
    #expect(try await bucket.read("object", limit: 32 << 20) == content)
  }

  @Test("a port where nobody listens is unreachable, at once")
  func unreachable() async throws {
    let port = try FreePorts.find(1)[0]
    var configuration = S3Configuration(bucket: "thanos", endpoint: "127.0.0.1:\(port)", accessKey: "a", secretKey: "b")
    configuration.insecure = true
    let bucket = try S3Bucket(configuration, logger: Logger(label: "test"))
    let start = ContinuousClock.now
    #expect(await code { _ = try await bucket.list(prefix: "", style: .recursive) } == .unreachable)
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test("a listing of more keys than a page holds is whole and in the order of its bytes", arguments: Dialect.allCases)
  func pages(_ dialect: Dialect) async throws {
    let bucket = try await bucket(SeaweedFS.bucket, dialect.apply)
    let keys = (0..<1010).map { "folder/\($0)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, key) in keys.enumerated() {
        if index >= 32 { try await group.next() }
        group.addTask { try await bucket.put(key, .bytes([1])) }
      }
      try await group.waitForAll()
    }
    var pages = 0
    var listed: [String] = []
    try await bucket.forEachPage(prefix: "", style: .recursive) { page in
      pages += 1
      listed += page.objects.map(\.key)
    }
    #expect(pages == 2)
    #expect(listed == keys)
    #expect(try await bucket.list(prefix: "folder/", style: .delimited).objects.map(\.key) == keys)
  }
}

private actor Collector {
  private(set) var bytes: [UInt8] = []
  func append(_ more: [UInt8]) { bytes += more }
}
