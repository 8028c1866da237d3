import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos
import Verification

@Suite("what could not be looked at")
struct UnfinishedTests {
  private static let segment = "\(Shipment.raw)/chunks/000001"

  @Test("an object that cannot be read leaves the rest to be checked, and is named", arguments: [
    BucketError.Code.unavailable, .accessDenied, .unreachable, .rejected, .changed,
  ])
  func oneObject(_ code: BucketError.Code) async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    shipment.bucket.fail(.get, Self.segment, code)
    shipment.bucket.flip("\(Shipment.xor2)/index", at: 100)
    let verified = try await verify(shipment.alone)
    #expect(verified.unfinished == [Unfinished(file: Self.segment, reason: "told to fail")])
    #expect(verified.ids == [.hashMismatch] && verified.blocks.count == 3)
    let block = try #require(verified.blocks.first { $0.ulid.description == Shipment.raw })
    #expect(block.state == .unfinished && !block.isGood && block.verdicts.map(\.verdict) == [.unfinished, .good, .good])
  }

  @Test("an object that was listed and is gone is missing")
  func gone() async throws {
    let shipment = try Shipment()
    shipment.bucket.fail(.get, Self.segment, .objectNotFound)
    #expect(try await verify(shipment.alone).ids == [.missingObject])
  }

  @Test("a meta.json that cannot be read, and a listing that fails, concern one block", arguments: [true, false])
  func oneBlock(meta: Bool) async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    if meta {
      shipment.bucket.fail(.get, "\(Shipment.raw)/meta.json", .unavailable)
    } else {
      shipment.bucket.fail(.list, "\(Shipment.raw)/", .unavailable)
    }
    let alone = try await verify(shipment.alone)
    #expect(alone.ids.isEmpty && alone.unfinished.count == 1 && alone.blocks.count == 3)
    #expect(alone.blocks.filter(\.isGood).count == 2)
    let copy = try await verify(shipment.copy)
    #expect(copy.ids.isEmpty && copy.unfinished.count == 1 && copy.blocks.filter(\.isGood).count == 2)
  }

  @Test("a bucket that cannot be entered ends the run", arguments: [
    BucketError.Code.badCredentials, .accessDenied, .unreachable, .bucketNotFound,
  ])
  func wholeBucket(_ code: BucketError.Code) async throws {
    let shipment = try Shipment()
    shipment.bucket.fail(.list, "", code)
    await #expect(throws: BucketError.self) { _ = try await verify(shipment.alone) }
  }

  @Test("a store that has stopped answering is not asked about every block that is left")
  func lostLine() async throws {
    let shipment = try Shipment([])
    let ulids = (0..<40).map { "01HF5EN80000000000000000\($0 < 10 ? "0" : "")\($0)" }
    for ulid in ulids {
      shipment.bucket["\(ulid)/meta.json"] = StoreBucket.Object([])
      shipment.bucket.fail(.get, "\(ulid)/meta.json", .unavailable)
      shipment.bucket.fail(.list, "\(ulid)/", .unavailable)
    }
    let verified = try await verify(shipment.alone) { $0.concurrency = 1 }
    #expect(verified.blocks.count == 40 && verified.blocks.allSatisfy { $0.state == .unfinished })
    #expect(verified.ids.isEmpty && verified.unfinished.contains { $0.reason.hasPrefix("not tried: the 16 requests") })
    // meta.json files are asked for 32 at a time.
    #expect(shipment.bucket.requested(.get).count <= 16 + 32 && shipment.bucket.requested(.list).count <= 17)
  }

  @Test("an answer in between, also one that says no, is a sign of life")
  func signsOfLife() async throws {
    let shipment = try Shipment([])
    for number in 10..<90 {
      let key = "01HF5EN80000000000000000\(number)/meta.json"
      shipment.bucket[key] = StoreBucket.Object([])
      shipment.bucket.fail(.get, key, number % 2 == 0 ? .accessDenied : .unavailable)
    }
    let verified = try await verify(shipment.alone) { $0.concurrency = 1 }
    #expect(verified.unfinished.count == 80 && !verified.unfinished.contains { $0.reason.hasPrefix("not tried") })
  }

  // MARK: Without s3:ListBucket

  @Test("without permission to list, what meta.json lists is asked for, and what that cannot tell is said")
  func noListing() async throws {
    let shipment = try Shipment()
    shipment.bucket.fail(.list, "\(Shipment.raw)/", .accessDenied)
    shipment.bucket.fail(.head, Self.segment, .accessDenied)
    let named = try #require(ULID(Shipment.raw))
    let verified = try await verify(shipment.alone) { $0.selection = BlockSelection(ids: [named]) }
    // Whether the segment is there is not known: it is not called missing.
    #expect(verified.ids.isEmpty && Set(verified.unfinished.map(\.file)) == [Self.segment, "\(Shipment.raw)/"])
    #expect(verified.unfinished.last?.reason.contains("whether anything else lies there is not known") == true)
    #expect(verified.file("index")?.evidence == [.size, .sha256])
    shipment.bucket["\(Shipment.raw)/index"] = nil
    #expect(try await verify(shipment.alone) { $0.selection = BlockSelection(ids: [named]) }.ids == [.missingObject])
  }

  @Test("a copy is checked without permission to list the bucket, too")
  func noListingOfCopy() async throws {
    let shipment = try Shipment()
    shipment.bucket.fail(.list, "", .accessDenied)
    #expect(try await verify(shipment.copy).ids.isEmpty)
  }

  @Test("where HEAD is refused and reading is not, reading decides")
  func refusedHead() async throws {
    let shipment = try Shipment()
    shipment.bucket[Self.segment]?.etag = "opaque"
    shipment.bucket.fail(.head, Self.segment, .accessDenied)
    #expect(try await verify(shipment.copy).file("chunks/000001")?.evidence.contains(.read) == true)
    let unread = try await verify(shipment.copy) { $0.downloads = false }
    #expect(unread.unfinished.map(\.file) == [Self.segment] && unread.verdict("chunks/000001") == .unfinished)
  }

  // MARK: Local files

  @Test("cancellation ends it")
  func cancellation() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks, delay: .seconds(30))
    let task = Task { try await verify(shipment.alone) }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }
}
