import Fixtures
import ObjectStore
import Platform
import Shipping
import TSDB
import Testing
import Thanos

@testable import Delivery

@Suite("proof of arrival by the checksum that a store keeps")
struct DeliveryChecksumTests {
  @Sendable static func checksum(_ bytes: [UInt8]) -> ObjectChecksum {
    ObjectChecksum(algorithm: "CRC32C", value: MemoryBucket.checksum(bytes))
  }

  static func run(
    _ shows: @escaping @Sendable (String, ObjectChecksum?) throws -> ObjectChecksum? = { $1 }
  ) throws -> DeliveryRun {
    let run = try DeliveryRun()
    run.bucket.behave {
      $0.checksum = Self.checksum
      $0.shows = shows
    }
    return run
  }

  struct Shown: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var evidence: Evidence
    var shows: @Sendable (String, ObjectChecksum?) throws -> ObjectChecksum?
  }

  @Test("an object is proved by it, or by the ETag of its content where it is not shown", arguments: [
    Shown(testDescription: "shown", evidence: .checksum(algorithm: "CRC32C")) { $1 },
    Shown(testDescription: "not shown", evidence: .etag) { _, _ in nil },
    Shown(testDescription: "of another kind", evidence: .etag) { _, _ in
      ObjectChecksum(algorithm: "CRC64NVME", value: "AAAAAAAAAAA=")
    },
    Shown(testDescription: "not for whoever may only write", evidence: .etag) { key, _ in
      throw BucketError(.accessDenied, key: key, in: "memory", "s3:GetObject is not permitted")
    },
  ])
  func evidence(_ shown: Shown) async throws {
    let receipt = try #require(try await Self.run(shown.shows).run([DeliveryRun.block(0)]).first?.receipt)
    #expect(receipt.objects.count == 4 && receipt.objects.allSatisfy { $0.evidence == shown.evidence })
  }

  @Test("an object with another one is not published")
  func other() async throws {
    let bad = "\(DeliveryRun.ulids[0])/chunks/000002"
    let run = try Self.run { key, own in key == bad ? ObjectChecksum(algorithm: "CRC32C", value: "AAAAAA==") : own }
    let outcome = try #require(try await run.run([DeliveryRun.block(0)]).first)
    guard case .failed(let error as NotArrived) = outcome else { throw BucketError(.rejected, in: "", "\(outcome)") }
    #expect(error.key == bad && run.bucket.objects[DeliveryRun.meta(0)] == nil)
  }

  @Test("the notes of a run that ended before publishing prove as much to the next one")
  func noted() async throws {
    let run = try Self.run()
    run.bucket.behave {
      $0.before = { if $0.hasSuffix("meta.json") { throw BucketError(.rejected, key: $0, in: "memory", "no") } }
    }
    _ = try await run.run([DeliveryRun.block(0)])
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    let receipt = try #require(try await run.run([DeliveryRun.block(0)]).first?.receipt)
    #expect(run.bucket.puts == [DeliveryRun.meta(0)])
    #expect(receipt.objects.allSatisfy { $0.evidence == .checksum(algorithm: "CRC32C") })
  }

  @Test("every file of a block goes with its own checksums, computed while it was checked")
  func tiles() async throws {
    let data = try DataFolder(DataFolder.rawBlocks)
    let bucket = MemoryBucket()
    let backfill = Backfill(
      bucket: bucket, labels: try .of("cluster=a"), options: .overlapping, logger: silent)
    let source = DataFolderSource(data.path)
    await backfill.carryOut(try await backfill.plan(source), from: source, notes: try TestState().notes, moved: { _ in }) {
      _, _ in
    }
    let segments = bucket.objects.filter { $0.key.contains("/chunks/") }
    #expect(segments.count >= 3)
    for (key, bytes) in bucket.objects where !key.hasSuffix("meta.json") {
      let crc = unsafe CRC32C.checksum(bytes.span.bytes)
      #expect(bucket.tiles(key)?.checksum(of: 0..<UInt64(bytes.count)) == crc, "\(key)")
    }
  }
}
