import Console
@testable import Delivery
import Fixtures
import Glibc
import ObjectStore
import OrderedJSON
import Platform
import Quantities
@testable import Shipping
import TSDB
import Testing
import Thanos

/// Runs as the program makes them, with what they leave on disk.
@Suite("a run of backfill")
struct BackfillRunTests {
  static func run(
    _ data: DataFolder, _ bucket: TestBucket, _ change: (inout BackfillOptions) -> Void = { _ in }
  ) async throws -> BackfillReport {
    var options = BackfillOptions.overlapping
    options.stateFolder = bucket.state
    change(&options)
    return try await BackfillRun(
      path: data.path, bucket: bucket, labels: try .of("cluster=eu1"), options: options, progress: .none, logger: silent
    ).run()
  }

  private struct Unexpected: Error {}

  private static func lines(_ path: String) throws -> [JSONObject] {
    try OpenFile(path).readAll(limit: 1 << 20).split(separator: 0x0A).map {
      try #require(try JSONValue(parsing: Array($0)).object)
    }
  }

  @Test("the receipt has a line for every block: objects, sizes, hashes, evidence, times")
  func receipt() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let path = "\(bucket.state).jsonl"
    _ = try await Self.run(data, bucket) { $0.reportPath = path }
    let lines = try Self.lines(path)
    #expect(Set(lines.compactMap { $0["block"]?.string }) == [BackfillTests.old, BackfillTests.raw, BackfillTests.xor2])
    for line in lines {
      let ulid = try #require(line["block"]?.string)
      #expect(line["result"]?.string == "uploaded" && line["labels"]?.object?["cluster"]?.string == "eu1")
      for time in ["begun", "arrived", "published"] { #expect(line[time]?.string.flatMap(Timestamp.parse) != nil) }
      let objects = try #require(line["objects"]?.array).compactMap(\.object)
      #expect(
        objects.compactMap { $0["key"]?.string }
          == ["chunks/000001", "index", "meta.json"].map { "\(ulid)/\($0)" })
      for object in objects {
        let key = try #require(object["key"]?.string)
        let bytes = try await bucket.read(key, limit: 1 << 30)
        var hash = SHA256Hex()
        unsafe hash.update(bytes.span.bytes)
        #expect(object["sha256"]?.string == hash.finalize() && object["size_bytes"]?.int64 == Int64(bytes.count))
      }
    }
  }

  @Test("runs add to one receipt, a torn last line of a killed one notwithstanding")
  func receiptGoesOn() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let path = "\(bucket.state).jsonl"
    try AtomicFile.write(Array(#"{"block":"torn"#.utf8), to: path)
    for _ in 0..<2 { _ = try await Self.run(data, bucket) { $0.reportPath = path } }
    let lines = try OpenFile(path).readAll(limit: 1 << 20).split(separator: 0x0A).dropFirst()
    let results = try lines.map { try JSONValue(parsing: Array($0)).object?["result"]?.string }
    #expect(results == Array(repeating: "uploaded", count: 3) + Array(repeating: "already there", count: 3))
  }

  @Test("a report that cannot be written is a refusal before anything is sent")
  func unwritableReport() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let error = await #expect(throws: (any Error).self) {
      try await Self.run(data, bucket) { $0.reportPath = "\(bucket.path)/none/report" }
    }
    #expect((error as? any ErrorWithExitStatus)?.exitStatus == .usage && error.map { "\($0)".contains("--report") } == true)
    #expect(bucket.puts.isEmpty)
  }

  @Test("the data folder stays untouched, and the state lies where it was asked for")
  func untouched() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let before = try data.snapshot()
    _ = try await Self.run(data, bucket)
    #expect(try data.snapshot() == before)
    #expect(try DataFolder.files(below: bucket.state).contains { $0.hasSuffix("/notes.jsonl") })
  }

  @Test("two runs of the same labels and bucket: the second is refused with the first's pid")
  func exclusive() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    _ = try await Self.run(data, bucket)
    let state = try #require(try DataFolder.files(below: bucket.state).first { $0.hasSuffix("/lock") })
    let holder = try FileLock(state)
    let error = await #expect(throws: StateError.self) { try await Self.run(data, bucket) }
    #expect(error.map { "\($0)".contains("pid \(getpid())") } == true)
    withExtendedLifetime(holder) {}
  }

  @Test("a block that was published and not put on record gets its receipt from the next run, if it is still the same", arguments: [false, true])
  func lateReceipt(isOther: Bool) async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), MemoryBucket())
    let state = try TestState()
    func run() async throws -> Backfill.Outcome? {
      let backfill = Backfill(bucket: bucket, labels: try .of("cluster=eu1"), logger: silent)
      let source = DataFolderSource(data.path)
      var last: Backfill.Outcome?
      await backfill.carryOut(try await backfill.plan(source), from: source, notes: state.notes, moved: { _ in }) {
        last = $1
      }
      return last
    }
    bucket.behave { $0.after = { if $0.hasSuffix("meta.json") { throw BucketError(.rejected, in: "", "answer lost") } } }
    guard case .failed? = try await run() else { throw Unexpected() }
    bucket.behave { $0.after = { _ in } }
    if isOther {
      let index = "\(BackfillTests.raw)/index"
      bucket.set(index, Array(repeating: 7, count: bucket.objects[index]?.count ?? 0))
      guard case .skipped? = try await run() else { throw Unexpected() }
      return
    }
    guard case .uploaded(let receipt)? = try await run() else { throw Unexpected() }
    #expect(receipt.objects.map(\.key) == ["chunks/000001", "index", "meta.json"].map { "\(BackfillTests.raw)/\($0)" })
    #expect(receipt.objects.dropLast().allSatisfy { $0.evidence == .etag && $0.sha256 != nil && $0.sent == 0 })
    guard case .skipped? = try await run() else { throw Unexpected() }
  }

  @Test("a block that waits to be published holds none of its files open")
  func closedFiles() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    let folder = BlockFolder(ulid: try #require(ULID(BackfillTests.raw)), path: "\(data.path)/\(BackfillTests.raw)")
    weak var index: OpenFile?
    func prepared() async throws -> OutgoingMeta {
      let block = try OpenBlock(folder)
      index = block.index
      return try await BlockPreparation(labels: try .of("cluster=eu1"), check: .index, hash: .sha256).prepare(block).meta
    }
    let meta = try await prepared()
    // A thread that has handed its result over may hold it for a moment more.
    for _ in 0..<1000 where index != nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(index == nil)
    #expect(!meta.bytes(0).isEmpty)
  }

  @Test("a run that is given up is not finished, whatever else it did")
  func givenUp() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket(with: .noSpace, refusing: { $0.contains("/index") }))
    let report = try await Self.run(data, bucket)
    #expect(report.status == .unfinished && report.totals.contains("not sent"))
    // With nothing left over, too.
    #expect(try await Self.run(try DataFolder([DataFolder.rawBlocks[1]]), bucket).status == .unfinished)
  }

  @Test("when a compacted block turns out corrupt, what it was compacted from goes in")
  func corruptSuccessor() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    // The second block as if it had been compacted from the first.
    var meta = try #require(try JSONValue(parsing: try data.read("\(BackfillTests.xor2)/meta.json")).object)
    meta["minTime"] = .integer(1_700_006_400_000 as Int64)
    meta["compaction"] = .object([
      "level": .integer(2), "sources": .array([.string(BackfillTests.raw), .string(BackfillTests.xor2)]),
    ])
    try data.write(JSONValue.object(meta).bytes(), to: "\(BackfillTests.xor2)/meta.json")
    try data.flip("\(BackfillTests.xor2)/chunks/000001", at: 1000)
    let report = try await Self.run(data, bucket)
    #expect(report.status == .findings)
    #expect(try await bucket.exists("\(BackfillTests.raw)/meta.json"))
    #expect(try await !bucket.exists("\(BackfillTests.xor2)/meta.json"))
    let text = report.text(.table)
    #expect(text.contains("2 uploaded") && text.contains("1 failed") && !text.contains("skipped: compacted into"))
  }
}
