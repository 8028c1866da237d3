import BucketAcceptance
import Fixtures
import Logging
import Platform
import Testing

@testable import ObjectStore

/// Uploads that break off and are taken up again, at a real S3 server.
@Suite("S3 uploads are taken up again", .timeLimit(.minutes(5)))
struct S3ResumptionIntegrationTests {
  private static let size = 13 << 20

  private func bucket(_ dialect: S3Tests.Dialect) async throws -> S3Bucket {
    let configuration = try await SeaweedFS.shared.value.configuration(SeaweedFS.bucket) {
      dialect.apply(&$0)
      $0.partSize = 5 << 20
    }
    return try S3Bucket(configuration, logger: Logger(label: "test"))
  }

  private func content() -> [UInt8] {
    (0..<13).flatMap { number in [UInt8](repeating: UInt8(number + 1), count: 1 << 20) }
  }

  /// The state that a process leaves which was killed after some parts.
  private func leave(_ numbers: [Int], of content: [UInt8], _ key: String, in bucket: S3Bucket) async throws
    -> (upload: S3Upload, journal: MemoryJournal)
  {
    let upload = try await bucket.multipart.create(key)
    let journal = MemoryJournal()
    await journal.begin(partSize: 5 << 20)
    await journal.began(id: upload.id, isChecksummed: false)
    for number in numbers {
      let region = PartTransfer.regions(of: UInt64(content.count), partSize: 5 << 20)[number - 1]
      let part = try await bucket.client.prepare(number, region, of: .bytes(content), .md5)
      let stored = try await bucket.multipart.send(part, to: upload)
      await journal.took(
        UploadedPart(
          number: number, etag: stored.etag, md5: Hexadecimal.text(part.digest.md5 ?? []), size: stored.size))
    }
    return (upload, journal)
  }

  @Test("only what is missing is sent, whatever part that is", arguments: S3Tests.Dialect.allCases)
  func resumed(_ dialect: S3Tests.Dialect) async throws {
    let bucket = try await bucket(dialect)
    let content = content()
    for (numbers, sent) in [([1], 8 << 20), ([2, 3], 5 << 20), ([1, 2, 3], 0), ([], 13 << 20)] as [([Int], UInt64)] {
      let key = SeaweedFS.freshPrefix() + "/object"
      let (_, journal) = try await leave(numbers, of: content, key, in: bucket)
      let receipt = try await bucket.put(key, .bytes(content), PutOptions(journal: journal))
      #expect(receipt.sent == sent)
      #expect(receipt.etag == receipt.expectedETag)
      #expect(try await bucket.attributes(of: key).etag == receipt.expectedETag)
      #expect(try await bucket.read(key, limit: 16 << 20) == content)
      #expect(await journal.unfinished() == nil)
    }
  }

  @Test("an upload that was completed before its end was noted is not sent again", arguments: S3Tests.Dialect.allCases)
  func completed(_ dialect: S3Tests.Dialect) async throws {
    let bucket = try await bucket(dialect)
    let content = content()
    let key = SeaweedFS.freshPrefix() + "/object"
    let (upload, journal) = try await leave([1, 2, 3], of: content, key, in: bucket)
    let parts = await journal.unfinished()?.parts ?? []
    _ = try await bucket.multipart.complete(
      upload, parts.map { StoredPart(number: $0.number, etag: $0.etag, size: $0.size) })
    let receipt = try await bucket.put(key, .bytes(content), PutOptions(journal: journal))
    #expect(receipt.sent == 0)
    #expect(try await bucket.read(key, limit: 16 << 20) == content)
  }

  @Test("an abandoned upload is gone, with and without its ID", arguments: S3Tests.Dialect.allCases)
  func abandoned(_ dialect: S3Tests.Dialect) async throws {
    let bucket = try await bucket(dialect)
    for knowsID in [true, false] {
      let key = SeaweedFS.freshPrefix() + "/object"
      let (upload, journal) = try await leave([1], of: content(), key, in: bucket)
      let (neighbour, _) = try await leave([], of: content(), key + "2", in: bucket)
      var unfinished = try #require(await journal.unfinished())
      unfinished.begun = WallClock.milliseconds
      if !knowsID { unfinished.id = nil }
      try await bucket.abandon(key, unfinished)
      await #expect(throws: StoreFailure.self) { _ = try await bucket.multipart.list(upload) }
      #expect(try await bucket.multipart.list(neighbour).parts.isEmpty)
      try await bucket.abandon(key, unfinished)
    }
  }
}
