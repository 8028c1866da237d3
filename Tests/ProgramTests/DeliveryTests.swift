@testable import Delivery
import Fixtures
import ObjectStore
import Platform
import Synchronization
import TSDB
import Testing
import Thanos

/// Blocks that need no files, and what became of them.
struct DeliveryRun {
  let bucket: MemoryBucket
  var state: TestState
  var options = DeliveryOptions()

  init(_ bucket: MemoryBucket = MemoryBucket()) throws {
    self.bucket = bucket
    state = try TestState()
  }

  static let ulids = ["01M81B088QDAD3JHFN4993ETCA", "01M81B089WZ6FKNMSDPKBMGYCV", "01M81B0KSSX5FCZ5868AE5R719"]

  static func block(_ number: Int, changed: String = "") throws -> OutgoingBlock {
    let ulid = try #require(ULID(ulids[number]))
    let objects = ["chunks/000001", "chunks/000002", "index"].map { path in
      let bytes = Array("\(path) of \(ulids[number])\(path == changed ? "!" : ".")".utf8)
      var hash = SHA256Hex()
      unsafe hash.update(bytes.span.bytes)
      return OutgoingObject(path: path, content: .bytes(bytes), sha256: hash.finalize())
    }
    return OutgoingBlock(ulid: ulid, objects: objects) { Array("meta of \(ulid) at \($0)".utf8) }
  }

  /// Runs to the end; gives each block's outcome in its order.
  func run(_ blocks: [OutgoingBlock]? = nil) async throws -> [Delivery.Outcome] {
    let blocks = try blocks ?? (0..<3).map { try Self.block($0) }
    let delivery = Delivery(to: bucket, notes: state.notes, options: options, logger: silent, now: { 1_700_000_000_000 })
    var outcomes: [ULID: Delivery.Outcome] = [:]
    await delivery.run(blocks, blocksAtATime: 3, prepare: { $0 }, release: { _ in }, moved: { _ in }) {
      outcomes[$0.ulid] = $1
    }
    #expect(outcomes.count == blocks.count)
    return blocks.compactMap { outcomes[$0.ulid] }
  }

  /// Keys of the blocks' data, in any order.
  static func dataKeys(_ numbers: Int...) -> Set<String> {
    Set(numbers.flatMap { number in ["chunks/000001", "chunks/000002", "index"].map { "\(ulids[number])/\($0)" } })
  }

  static func meta(_ number: Int) -> String { "\(ulids[number])/meta.json" }
}

extension Delivery.Outcome {
  var receipt: BlockReceipt? { if case .delivered(let receipt) = self { receipt } else { nil } }
  var name: String {
    switch self {
    case .delivered: "delivered"
    case .failed: "failed"
    case .interrupted: "interrupted"
    case .notSent: "not sent"
    }
  }
}

@Suite("delivery of blocks")
struct DeliveryTests {
  @Test("meta.json files go in oldest first, even when the oldest block is the slowest")
  func order() async throws {
    let run = try DeliveryRun()
    run.bucket.behave { $0.before = { if $0.hasPrefix(DeliveryRun.ulids[0]) { try await Task.sleep(for: .milliseconds(50)) } } }
    #expect(try await run.run().map(\.name) == ["delivered", "delivered", "delivered"])
    #expect(run.bucket.puts.filter { $0.hasSuffix("meta.json") } == (0..<3).map(DeliveryRun.meta))
    for number in 0..<3 {
      let ofBlock = run.bucket.puts.filter { $0.hasPrefix(DeliveryRun.ulids[number]) }
      #expect(ofBlock.last == DeliveryRun.meta(number) && Set(ofBlock.dropLast()) == DeliveryRun.dataKeys(number))
    }
  }

  @Test("published together, no meta.json goes in before the data of all blocks (thanos#2753)")
  func together() async throws {
    var run = try DeliveryRun()
    run.options.publishing = .together
    #expect(try await run.run().map(\.name) == ["delivered", "delivered", "delivered"])
    #expect(Set(run.bucket.puts.prefix(9)) == DeliveryRun.dataKeys(0, 1, 2))
    #expect(run.bucket.puts.suffix(3) == (0..<3).map(DeliveryRun.meta))
  }

  @Test("published together, a run that is given up publishes nothing, and the next one sends meta.json files only")
  func togetherGivenUp() async throws {
    var run = try DeliveryRun()
    run.options.publishing = .together
    run.bucket.behave {
      $0.before = { key in
        guard key == "\(DeliveryRun.ulids[2])/index" else { return }
        throw BucketError(.unavailable, key: key, in: "memory", "down")
      }
    }
    #expect(try await run.run().map(\.name) == ["not sent", "not sent", "failed"])
    #expect(!run.bucket.puts.contains { $0.hasSuffix("meta.json") })
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    #expect(try await run.run().map(\.name) == ["delivered", "delivered", "delivered"])
    #expect(Set(run.bucket.puts) == Set((0..<3).map(DeliveryRun.meta) + ["\(DeliveryRun.ulids[2])/index"]))
  }

  @Test("published together, one block that fails does not keep the others back")
  func togetherOneFails() async throws {
    var run = try DeliveryRun()
    run.options.publishing = .together
    run.bucket.behave {
      $0.before = { if $0 == "\(DeliveryRun.ulids[1])/index" { throw BucketError(.rejected, key: $0, in: "memory", "no") } }
    }
    #expect(try await run.run().map(\.name) == ["delivered", "failed", "delivered"])
    #expect(run.bucket.puts.suffix(2) == [DeliveryRun.meta(0), DeliveryRun.meta(2)])
  }

  @Test("a bucket that takes nothing is not asked again for every block", arguments: [
    BucketError.Code.badCredentials, .bucketNotFound, .accessDenied, .unreachable, .unavailable, .noSpace,
  ])
  func givenUp(code: BucketError.Code) async throws {
    let run = try DeliveryRun()
    run.bucket.behave { $0.before = { throw BucketError(code, key: $0, in: "memory", "no") } }
    let outcomes = try await run.run().map(\.name)
    #expect(outcomes.contains("failed") && !outcomes.contains("delivered") && !outcomes.contains("interrupted"))
  }

  @Test("what arrived of a block that failed is not sent again", arguments: [true, false])
  func finishedObjects(hasETags: Bool) async throws {
    var run = try DeliveryRun()
    // The failure ends what is under way beside it.
    run.options.objectsAtATime = 1
    let failing = "\(DeliveryRun.ulids[0])/index"
    run.bucket.behave {
      if !hasETags { $0.etag = nil }
      $0.before = { if $0 == failing { throw BucketError(.rejected, key: $0, in: "memory", "no") } }
    }
    #expect(try await run.run([DeliveryRun.block(0)]).map(\.name) == ["failed"])
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    let receipt = try #require(try await run.run([DeliveryRun.block(0)]).first?.receipt)
    #expect(run.bucket.puts == [failing, DeliveryRun.meta(0)])
    #expect(receipt.objects.filter { $0.sent == 0 }.map(\.key) == ["chunks/000001", "chunks/000002"].map { "\(DeliveryRun.ulids[0])/\($0)" })
    #expect(receipt.objects.allSatisfy { $0.evidence == (hasETags ? .etag : $0.sent == 0 ? .readBack : .size) })
  }

  @Test("an object of the same size and other content is sent again", arguments: [true, false])
  func otherContent(hasETags: Bool) async throws {
    let run = try DeliveryRun()
    if !hasETags { run.bucket.behave { $0.etag = nil } }
    let stranger = "\(DeliveryRun.ulids[0])/chunks/000001"
    run.bucket.set(stranger, Array(repeating: 7, count: Int(try DeliveryRun.block(0).objects[0].content.size)))
    _ = try await run.run([DeliveryRun.block(0)])
    #expect(run.bucket.puts.contains(stranger))
    #expect(run.bucket.objects[stranger] == Array("chunks/000001 of \(DeliveryRun.ulids[0]).".utf8))
  }

  @Test("a local file that changed between two runs is sent again, whatever the notes say")
  func changedHere() async throws {
    let run = try DeliveryRun()
    run.bucket.behave {
      $0.hasETagRule = false
      $0.before = { if $0.hasSuffix("meta.json") { throw BucketError(.rejected, key: $0, in: "memory", "no") } }
    }
    _ = try await run.run([DeliveryRun.block(0)])
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    _ = try await run.run([DeliveryRun.block(0, changed: "index")])
    #expect(run.bucket.puts == ["\(DeliveryRun.ulids[0])/index", DeliveryRun.meta(0)])
  }

  @Test("where ETags are no checksums the notes tell what arrived, and without notes it is sent again", arguments: [true, false])
  func notesAlone(keepsNotes: Bool) async throws {
    var run = try DeliveryRun()
    run.bucket.behave {
      $0.hasETagRule = false
      $0.before = { if $0.hasSuffix("meta.json") { throw BucketError(.rejected, key: $0, in: "memory", "no") } }
    }
    _ = try await run.run([DeliveryRun.block(0)])
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    if !keepsNotes { run.state = try TestState() }
    _ = try await run.run([DeliveryRun.block(0)])
    #expect(run.bucket.puts.count == (keepsNotes ? 1 : 4))
  }

  enum Loss: CaseIterable { case missing, short, flipped }

  @Test("what the store lost or damaged is noticed, not published, and sent again by the next run", arguments: Loss.allCases)
  func lost(_ loss: Loss) async throws {
    let run = try DeliveryRun()
    let bad = "\(DeliveryRun.ulids[1])/chunks/000002"
    run.bucket.behave {
      $0.keeps = { key, bytes in
        guard key == bad else { return bytes }
        switch loss {
        case .missing: return nil
        case .short: return Array(bytes.dropLast())
        case .flipped: return [bytes[0] ^ 1] + bytes.dropFirst()
        }
      }
    }
    let outcomes = try await run.run()
    #expect(outcomes.map(\.name) == ["delivered", "failed", "delivered"])
    guard case .failed(let error as NotArrived) = outcomes[1] else { throw BucketError(.rejected, in: "", "\(outcomes[1])") }
    #expect(error.key == bad)
    #expect(run.bucket.objects[DeliveryRun.meta(1)] == nil)
    run.bucket.behave { $0.keeps = { $1 } }
    run.bucket.forgetLog()
    #expect(try await run.run([DeliveryRun.block(1)]).map(\.name) == ["delivered"])
    #expect(Set(run.bucket.puts) == [bad, DeliveryRun.meta(1)])
  }

  @Test("ETags that are no checksums after all are found out by reading one object back")
  func foreignETags() async throws {
    let run = try DeliveryRun()
    run.bucket.behave { $0.etag = { String(MemoryBucket.checksum($0).reversed()) } }
    // The rule and the store differ: the store encrypts by itself.
    let lying = LyingRule(run.bucket)
    let delivery = Delivery(to: lying, notes: run.state.notes, logger: silent)
    var receipts: [BlockReceipt] = []
    await delivery.run(try (0..<2).map { try DeliveryRun.block($0) }, blocksAtATime: 1, prepare: { $0 }, release: { _ in }, moved: { _ in }) {
      if let receipt = $1.receipt { receipts.append(receipt) }
    }
    let evidence = receipts.flatMap { $0.objects.map(\.evidence) }
    #expect(evidence == [.readBack] + Array(repeating: .size, count: 7))
    #expect(run.bucket.log.filter { $0.hasPrefix("get ") }.count == 1)
  }

  @Test("--verify-after reads every object back before the block is published")
  func verifyAfter() async throws {
    var run = try DeliveryRun()
    run.options.verifiesAfter = true
    let receipt = try #require(try await run.run([DeliveryRun.block(0)]).first?.receipt)
    #expect(receipt.objects.count == 4 && receipt.objects.allSatisfy { $0.evidence == .readBack })
    let log = run.bucket.log
    let published = try #require(log.firstIndex(of: "put \(DeliveryRun.meta(0))"))
    #expect(Set(log[..<published].filter { $0.hasPrefix("get") }) == Set(DeliveryRun.dataKeys(0).map { "get \($0)" }))
  }

  @Test("nothing is taken back after a meta.json whose write seems to have failed: it may still appear (thanos#3626)")
  func lateMeta() async throws {
    let run = try DeliveryRun()
    run.bucket.behave {
      $0.after = { if $0 == DeliveryRun.meta(0) { throw BucketError(.rejected, key: $0, in: "memory", "503") } }
    }
    #expect(try await run.run([DeliveryRun.block(0)]).map(\.name) == ["failed"])
    #expect(!run.bucket.log.contains { $0.hasPrefix("delete") || $0.hasPrefix("abandon") })
    #expect(Set(run.bucket.objects.keys) == DeliveryRun.dataKeys(0).union([DeliveryRun.meta(0)]))
  }

  @Test("an interruption while meta.json goes in comes too late: the block is there, and its receipt says so", arguments: Publishing.allCases)
  func interruptedPublishing(_ publishing: Publishing) async throws {
    var run = try DeliveryRun()
    run.options.publishing = publishing
    let reached = AsyncStream<Void>.makeStream()
    run.bucket.behave {
      $0.before = { key in
        guard key == DeliveryRun.meta(0) else { return }
        reached.continuation.yield()
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    let task = Task { [run] in try await run.run() }
    for await _ in reached.stream { break }
    task.cancel()
    let outcomes = try await task.value
    #expect(outcomes[0].receipt?.objects.last?.key == DeliveryRun.meta(0))
    #expect(outcomes.dropFirst().map(\.name) == ["interrupted", "interrupted"])
  }

  @Test("a meta.json that a store does not answer holds up the end of an interrupted run for its patience only")
  func unansweredMeta() async throws {
    let run = try DeliveryRun()
    run.bucket.behave { $0.before = { if $0 == DeliveryRun.meta(0) { try await Task.sleep(for: .seconds(600)) } } }
    var block = BlockDelivery(
      object: ObjectDelivery(
        bucket: run.bucket, notes: run.state.notes, logger: silent, now: { 0 }, memory: MemoryShare(of: 1 << 20)),
      check: ArrivalCheck(bucket: run.bucket, readsBack: false, logger: silent), concurrency: 1)
    block.patience = .milliseconds(50)
    let outgoing = try DeliveryRun.block(0)
    let data = BlockReceipt(ulid: outgoing.ulid, objects: [], begun: 0, arrived: 0, published: nil)
    let task = Task { [block] in try await block.publish(outgoing.meta, data) }
    let start = ContinuousClock.now
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ContinuousClock.now - start < .seconds(120))
  }

  @Test("data that waited is looked at again before its block is published", arguments: [false, true])
  func vanishedData(isGone: Bool) async throws {
    let run = try DeliveryRun()
    let clock = Atomic<Int64>(0)
    let block = BlockDelivery(
      object: ObjectDelivery(
        bucket: run.bucket, notes: run.state.notes, logger: silent, now: { clock.load(ordering: .relaxed) },
        memory: MemoryShare(of: 1 << 20)),
      check: ArrivalCheck(bucket: run.bucket, readsBack: false, logger: silent), concurrency: 1)
    let outgoing = try DeliveryRun.block(0)
    let data = try await block.sendData(of: outgoing, meter: DeliveryMeter(delivered: { _ in }, moved: { _ in }))
    clock.store(3_600_000, ordering: .relaxed)
    if isGone { run.bucket.set("\(DeliveryRun.ulids[0])/chunks/000002", nil) }
    if isGone {
      await #expect(throws: NotArrived.self) { _ = try await block.publish(outgoing.meta, data) }
    } else {
      _ = try await block.publish(outgoing.meta, data)
    }
    #expect((run.bucket.objects[DeliveryRun.meta(0)] == nil) == isGone)
  }

  @Test("interrupted, it publishes no block that is not whole, and the next run goes on")
  func interrupted() async throws {
    let run = try DeliveryRun()
    let reached = AsyncStream<Void>.makeStream()
    run.bucket.behave {
      $0.before = { key in
        guard key == "\(DeliveryRun.ulids[1])/index" else { return }
        reached.continuation.yield()
        try await Task.sleep(for: .seconds(60))
      }
    }
    let task = Task { try await run.run() }
    for await _ in reached.stream { break }
    task.cancel()
    let outcomes = try await task.value.map(\.name)
    #expect(outcomes[1] == "interrupted" && !outcomes.contains("failed"))
    #expect(run.bucket.objects[DeliveryRun.meta(1)] == nil && run.bucket.objects[DeliveryRun.meta(2)] == nil)
    run.bucket.behave { $0.before = { _ in } }
    run.bucket.forgetLog()
    #expect(try await run.run().map(\.name) == ["delivered", "delivered", "delivered"])
    #expect(run.bucket.puts.contains("\(DeliveryRun.ulids[1])/index"))
  }

  @Test("what an interrupted repair kept of a block is void once the block is sent anew, and is not lost")
  func keptMeta() async throws {
    let run = try DeliveryRun()
    let files = KeptMetaFiles(root: run.state.root, bucket: run.bucket)
    let ulids = try DeliveryRun.ulids.map { try #require(ULID($0)) }
    try Directory.create(files.folder)
    for ulid in ulids { try AtomicFile.write(Array("kept of \(ulid)".utf8), to: files.path(of: ulid)) }
    _ = try await run.run([try DeliveryRun.block(1)])
    #expect(try Set(files.all().keys) == [ulids[0], ulids[2]])
    let superseded = try Directory.entries(of: files.folder).map(\.name).filter { $0.hasPrefix("superseded-\(ulids[1])") }
    #expect(try superseded.map { try OpenFile("\(files.folder)/\($0)").readAll(limit: 100) } == [Array("kept of \(ulids[1])".utf8)])
  }

  @Test("a block that leaves less than the tail lets the next one begin, once", arguments: [
    ([], 0, 1), ([UInt64(1)], 129, 0), ([1 << 20], 129, 1), ([100 << 20, 10 << 20], 200, 1), ([300 << 20], 200, 1),
  ] as [([UInt64], UInt64, Int)])
  func remainder(taken: [UInt64], mebibytes: UInt64, calls: Int) throws {
    let count = Mutex(0)
    let content = ObjectContent.source(Nothing(size: mebibytes << 20))
    let block = OutgoingBlock(
      ulid: try #require(ULID(DeliveryRun.ulids[0])), objects: [OutgoingObject(path: "index", content: content, sha256: nil)],
      meta: { _ in [] })
    let remainder = Remainder(of: block) { count.withLock { $0 += 1 } }
    for bytes in taken { remainder.take(bytes) }
    #expect(count.withLock { $0 } == calls)
  }

  private struct Nothing: ContentSource {
    let size: UInt64
    func read(_ range: Range<UInt64>) async throws -> [UInt8] { [] }
  }
}

/// A bucket whose rule for ETags is not what its store does.
private struct LyingRule: Bucket {
  let base: MemoryBucket
  init(_ base: MemoryBucket) { self.base = base }
  var location: String { base.location }
  func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
    try await base.listPage(prefix: prefix, style: style, after: token)
  }
  func attributes(of key: String) async throws -> ObjectAttributes { try await base.attributes(of: key) }
  func get(
    _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> ObjectAttributes { try await base.get(key, range: range, receive: receive) }
  func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
    var receipt = try await base.put(key, content, options)
    receipt.expectedETag = "00112233445566778899aabbccddeeff"
    return receipt
  }
  func delete(_ key: String) async throws { try await base.delete(key) }
}
