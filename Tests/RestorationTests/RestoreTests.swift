import Console
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Restoration

@Suite("restoring blocks")
struct RestoreTests {
  private static let all = [ServedBucket.old, ServedBucket.raw, ServedBucket.xor2]
  private static let raw = ServedBucket.raw

  @Test("every chosen block comes byte for byte, and nothing else is left in the folder", arguments: [1, 8])
  func whole(requests: Int) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let report = try await folder.restore(bucket, requests: requests).run()
    #expect(report.status == .good && report.totals.hasPrefix("3 restored"))
    #expect(try folder.names() == Self.all)
    for ulid in Self.all { #expect(try folder.holdsBlock(ulid, of: bucket)) }
  }

  @Test("run again, nothing is fetched but what meta.json files say")
  func again() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    _ = try await folder.restore(bucket).run()
    bucket.forget()
    let report = try await folder.restore(bucket).run()
    #expect(report.status == .good && report.totals == "0 restored (0 B), 3 skipped, 0 failed")
    #expect(bucket.servedData == 0)
  }

  @Test("a dry run writes nothing, not even the folder")
  func dryRun() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let report = try await folder.restore(bucket).rehearse()
    #expect(report.status == .good && report.totals.hasPrefix("3 restore ("))
    #expect((try? Directory.status(of: folder.path)) == nil)
    #expect(bucket.servedData == 0)
  }

  @Test("by --id only those come, and one that the bucket does not have is a refusal")
  func ids() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let report = try await folder.restore(bucket, ids: [Self.raw]).run()
    #expect(report.totals.contains("1 restored") && report.totals.contains("2 not selected"))
    #expect(try folder.names() == [Self.raw])
    await #expect(throws: RestorePlanner.UnknownBlocks.self) {
      _ = try await folder.restore(bucket, ids: ["01M81B08HN0JE90AJ4DW4J7HDV"]).run()
    }
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let words: String
    let apply: @Sendable (ServedBucket) async throws -> Void
    var testDescription: String { words }
  }

  @Test("a block that the bucket has damaged fails with the reason, and the others come", arguments: [
    Change(words: "index is missing") { try await $0.delete("\(raw)/index") },
    Change(words: "chunks/000001 is missing") { try await $0.delete("\(raw)/chunks/000001") },
    Change(words: "has 3 bytes and should have 14630") { try await $0.put("\(raw)/index", .bytes([1, 2, 3])) },
    Change(words: "fetched twice: the bucket has it damaged") {
      try await $0.flip("\(raw)/chunks/000001", at: 5000)
    },
    Change(words: "offset") { try await $0.put("\(raw)/meta.json", .bytes(Array("{".utf8))) },
    Change(words: "no name of a block's file") {
      try await $0.edit("\(raw)/meta.json") { $0.replacing("\"chunks/000001\"", with: "\"chunks/../../../x\"") }
    },
    Change(words: "no name of a block's file") {
      try await $0.edit("\(raw)/meta.json") { $0.replacing("\"index\"", with: "\"/etc/passwd\"") }
    },
    Change(words: "no name of a block's file") { try await $0.put("\(raw)/chunks/evil", .bytes([1])) },
    Change(words: "no name of a block's file") { try await $0.put("\(raw)/a\\..\\b", .bytes([1])) },
    Change(words: "lists index twice") {
      try await $0.edit("\(raw)/meta.json") { $0.replacing("\"chunks/000001\"", with: "\"index\"") }
    },
  ])
  func damaged(change: Change) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    try await change.apply(bucket)
    let report = try await folder.restore(bucket).run()
    #expect(report.status == .findings)
    #expect(report.text(.table).contains("failed: \(Self.raw): ") && report.text(.table).contains(change.words), "\(report.text(.table))")
    #expect(try folder.names().filter { ULID($0) != nil } == [ServedBucket.old, ServedBucket.xor2])
    // Nothing came out of the data folder.
    #expect(try Directory.entries(of: folder.folder.path).map(\.name) == ["data"])
  }

  @Test("damage without a hash is found by the block's own checksums", arguments: [
    ("chunks/000001", 5000), ("index", 9000),
  ])
  func damagedWithoutHash(file: String, offset: Int) async throws {
    let (bucket, folder) = (try await ServedBucket(hash: .none), try RestoredFolder())
    try await bucket.flip("\(Self.raw)/\(file)", at: offset)
    let report = try await folder.restore(bucket).run()
    #expect(report.status == .findings && report.text(.table).contains("failed: \(Self.raw): "))
    #expect(try folder.names() == [ServedBucket.old, ServedBucket.xor2])
  }

  @Test("the bucket is blamed for damage that came twice, not for the first")
  func blame() async throws {
    let once = FileProof.Mismatch(evidence: .sha256, key: "k", expected: "a", found: "b")
    var twice = once
    twice.isRepeated = true
    #expect("\(once)" == "k: meta.json says SHA-256 a, its bytes have b")
    #expect("\(twice)" == "\(once), fetched twice: the bucket has it damaged")
  }

  @Test("a file that arrives damaged is fetched once more, and then fails", arguments: [(1, true), (2, false)])
  func damagedOnTheWay(times: Int, isGood: Bool) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let key = "\(Self.raw)/chunks/000001"
    bucket.change { $0.damaged = [key: times] }
    let report = try await folder.restore(bucket, ids: [Self.raw]).run()
    #expect(bucket.served(key) == 2 * 107_314)
    #expect(report.status == (isGood ? .good : .findings), "\(report.text(.table))")
    if isGood {
      #expect(try folder.holdsBlock(Self.raw, of: bucket))
    } else {
      // Of what is wrong nothing is kept: the next run fetches it whole, and the index not at all.
      bucket.forget()
      #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .good)
      #expect(bucket.servedData == 107_314)
    }
  }

  @Test("without a hash an ETag in the shape of an MD5 counts; one that never fits is left to the block's checksums", arguments: [
    ("d41d8cd98f00b204e9800998ecf8427e", BlockCheck.Depth.none, true, 1),
    ("00000000000000000000000000000000", .none, false, 2),
    ("00000000000000000000000000000000", .index, true, 2),
    ("00000000000000000000000000000000-2", .none, true, 1),
  ])
  func etag(etag: String, check: BlockCheck.Depth, isGood: Bool, fetches: Int) async throws {
    let (bucket, folder) = (try await ServedBucket(hash: .none), try RestoredFolder())
    let key = "\(Self.raw)/chunks/000001"
    bucket.change {
      $0.etags = [key: etag]
      $0.expectedETag = "d41d8cd98f00b204e9800998ecf8427e"
    }
    let report = try await folder.restore(bucket, ids: [Self.raw], check: check).run()
    #expect(report.status == (isGood ? .good : .findings))
    #expect(bucket.served(key) == UInt64(fetches) * 107_314)
    if !isGood { #expect(report.text(.table).contains("says ETag 0000") && report.text(.table).contains("give d41d")) }
  }

  @Test("what is broken off goes on where it stopped", arguments: [0, 1, 4096, 5000, 14_630, 60_000, 121_943])
  func resume(budget: UInt64) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    bucket.change { $0.budget = budget }
    let broken = try await folder.restore(bucket, ids: [Self.raw], requests: 1).run()
    #expect(broken.status == .findings)
    #expect(bucket.servedData == budget)
    #expect(try folder.names() == [StagingRoot.name])
    bucket.forget()
    bucket.change { $0.budget = .max }
    #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .good)
    #expect(bucket.servedData == 121_944 - budget)
    #expect(try folder.holdsBlock(Self.raw, of: bucket))
    #expect(try folder.names() == [Self.raw])
  }

  @Test("an object that changed since is fetched anew")
  func changedSince() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    bucket.change { $0.budget = 60_000 }
    _ = try await folder.restore(bucket, ids: [Self.raw], requests: 1).run()
    bucket.forget()
    bucket.change { $0.budget = .max }
    // Another version of the same bytes.
    bucket.change { $0.etags = ["\(Self.raw)/chunks/000001": "other"] }
    #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .good)
    #expect(bucket.served("\(Self.raw)/chunks/000001") == 107_314)
  }

  @Test("a store that is gone is not asked again for every block")
  func givenUp() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    bucket.change { $0.budget = 0 }
    let report = try await folder.restore(bucket).run()
    #expect(report.totals == "0 restored (0 B), 0 skipped, 1 failed, 2 not restored: run again to go on")
  }

  @Test("too little room is said before anything is written")
  func room() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    do {
      _ = try await folder.restore(bucket, ids: [Self.raw], free: 100_000).run()
      Issue.record("it went on")
    } catch let error as Restore.NotEnoughSpace {
      #expect(error.exitStatus == .unfinished && error.free == 100_000 && error.needed > 121_944)
      #expect("\(error)".contains("100000 bytes") && "\(error)".contains("\(error.needed) bytes"))
    }
    #expect((try? Directory.status(of: folder.path)) == nil)
    #expect(bucket.servedData == 0)
    // What an earlier run left counts as there.
    bucket.change { $0.budget = 100_000 }
    _ = try await folder.restore(bucket, ids: [Self.raw], requests: 1).run()
    bucket.change { $0.budget = .max }
    #expect(try await folder.restore(bucket, ids: [Self.raw], free: 100_000).run().status == .good)
  }

  @Test("a second run into the same folder is refused with the other's process")
  func lock() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    do {
      let held = try StagingRoot(in: folder.path)
      await #expect(throws: StagingRoot.InUse.self) { _ = try await folder.restore(bucket).run() }
      do { _ = try await folder.restore(bucket).run() } catch { #expect("\(error)".contains("process ")) }
      held.leave()
    }
    #expect(try await folder.restore(bucket).run().status == .good)
  }
}
