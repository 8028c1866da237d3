import Fixtures
import HTTP
import Logging
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Verification

/// Blocks in a real S3 server, checked at `full` without being stored.
@Suite("the data of a block in S3", .timeLimit(.minutes(5)))
struct VerifyDataTests {
  private static let blocks = [
    "raw-float-and-histogram/01M81B088QDAD3JHFN4993ETCA", "downsampled/01M81B08HN0JE90AJ4DW4J7HDV",
    "downsampled/01M81B0KSSX5FCZ5868AE5R719",
  ]

  /// The blocks in a place of their own, damaged by `change`.
  private static func upload(
    _ change: (_ path: String, _ bytes: inout [UInt8]) -> Void = { _, _ in }
  ) async throws -> (server: SeaweedFS, prefix: String) {
    let server = try await SeaweedFS.shared.value
    let prefix = SeaweedFS.freshPrefix()
    let bucket = PrefixedBucket(try S3Bucket(server.configuration(), logger: Logger(label: "test")), prefix: prefix)
    for block in blocks {
      let ulid = block.suffix(26)
      for path in ["index", "chunks/000001", "meta.json"] {
        var bytes = try Fixtures.bytes("\(block)/\(path)")
        change("\(ulid)/\(path)", &bytes)
        try await bucket.put("\(ulid)/\(path)", .bytes(bytes))
      }
    }
    return (server, prefix)
  }

  /// Blocks without labels are not what is looked for here.
  private static var options: VerificationOptions {
    var options = VerificationOptions(level: .full)
    options.checksBucket = true
    return options
  }

  private static func reports(
    _ server: SeaweedFS, _ prefix: String, through port: UInt16? = nil
  ) async throws -> [BlockReport] {
    let configuration = server.configuration {
      if let port { $0.endpoint = "127.0.0.1:\(port)" }
      $0.http.responseHeaderTimeout = .seconds(3)
    }
    let bucket = PrefixedBucket(
      try S3Bucket(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }), prefix: prefix)
    var reports: [BlockReport] = []
    for block in try await BucketBlocks(bucket).all() {
      let report = try await BucketVerification(
        bucket: bucket, block: block, options: Self.options, width: 8
      ).run()
      reports.append(try #require(report))
    }
    return reports
  }

  @Test("whole blocks are good, and every byte of them was read once")
  func good() async throws {
    let (server, prefix) = try await Self.upload()
    let reports = try await Self.reports(server, prefix)
    #expect(reports.count == 3)
    for report in reports {
      #expect(report.findings == [] && report.unfinished == [])
      let data = report.files.filter { $0.path != BlockMeta.fileName }
      #expect(report.bytesRead == data.reduce(0) { $0 + $1.size } && report.chunksChecked > 0)
    }
  }

  @Test("connections that are cut half-way change nothing of what is found", arguments: [1, 2, 3])
  func cut(_ seed: UInt64) async throws {
    let (server, prefix) = try await Self.upload { path, bytes in
      if path == "01M81B088QDAD3JHFN4993ETCA/index" { bytes[9000] ^= 1 }
      if path == "01M81B08HN0JE90AJ4DW4J7HDV/chunks/000001" { bytes[900_000] ^= 1 }
    }
    let straight = try await Self.reports(server, prefix)
    let ids = straight.map { $0.findings.map(\.id).filter { $0 != .hashMismatch } }
    #expect(ids == [[.indexChecksum], [.chunkChecksum], []] as [[Finding.ID]])
    let port = try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
    let proxy = try FaultProxy(
      to: port, seed: seed, faults: FaultMix([.cutResponse: 0.3, .resetInResponse: 0.3], limit: 30)
    ) { method, target in method == "GET" && !target.contains("?") }
    defer { proxy.stop() }
    let faulty = try await Self.reports(server, prefix, through: proxy.port)
    #expect(faulty.map(\.findings) == straight.map(\.findings))
    #expect(faulty.allSatisfy { $0.unfinished.isEmpty })
    #expect(proxy.faults.values.reduce(0, +) >= 3)
  }

  @Test("a store that refuses for good leaves blocks unfinished, not bad")
  func refused() async throws {
    let (server, prefix) = try await Self.upload()
    let port = try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
    let proxy = try FaultProxy(to: port, seed: 1, faults: FaultMix([.internalError: 1])) { method, target in
      method == "GET" && target.contains("/chunks/")
    }
    defer { proxy.stop() }
    let configuration = server.configuration {
      $0.endpoint = "127.0.0.1:\(proxy.port)"
      $0.maximumRetries = 2
    }
    let bucket = PrefixedBucket(
      try S3Bucket(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }), prefix: prefix)
    for block in try await BucketBlocks(bucket).all() {
      let checked = try await BucketVerification(
        bucket: bucket, block: block, options: Self.options, width: 8
      ).run()
      let report = try #require(checked)
      #expect(report.findings == [], "\(report.findings)")
      #expect(report.unfinished.map(\.file) == ["\(block.ulid)/chunks/000001"])
      #expect(!report.isGood)
    }
  }
}
