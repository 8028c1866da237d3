import Delivery
import Fixtures
import ObjectStore
import OrderedJSON
import Platform
@testable import Shipping
import TSDB
import Testing
import Thanos

@Suite("backfill")
struct BackfillTests {
  static let raw = "01M81B088QDAD3JHFN4993ETCA"
  static let xor2 = "01M81B089WZ6FKNMSDPKBMGYCV"
  static let old = "01DXXFZDYD1MQW6079WK0K6EDQ"

  /// Plans and carries out; gives each block's outcome in words, in the order of the plan.
  static func run(
    _ data: DataFolder, _ bucket: any Bucket, labels: ExternalLabels? = nil, options: BackfillOptions = .overlapping
  ) async throws -> [String] {
    let backfill = Backfill(
      bucket: bucket, labels: try labels ?? .of("cluster=eu1"), options: options, logger: silent,
      now: { 1_700_000_000_123 })
    let source = DataFolderSource(data.path)
    let plan = try await backfill.plan(source)
    var outcomes: [ULID: String] = [:]
    let state = try TestState()
    await backfill.carryOut(plan, from: source, notes: state.notes, moved: { _ in }) { block, outcome in
      switch outcome {
      case .uploaded: outcomes[block.ulid] = "\(block.ulid) uploaded"
      case .skipped: outcomes[block.ulid] = "\(block.ulid) skipped"
      case .failed(let error): outcomes[block.ulid] = "\(block.ulid) failed: \(error)"
      case .leftOut(let error): outcomes[block.ulid] = "\(block.ulid) left out: \(error)"
      case .interrupted: outcomes[block.ulid] = "\(block.ulid) interrupted"
      case .notSent: outcomes[block.ulid] = "\(block.ulid) not sent"
      }
    }
    return plan.blocks.compactMap { outcomes[$0.ulid] }
  }

  @Test("every block goes in, oldest first, meta.json last of each")
  func order() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    #expect(try await Self.run(data, bucket) == ["\(Self.old) uploaded", "\(Self.raw) uploaded", "\(Self.xor2) uploaded"])
    let puts = bucket.puts
    let metas = [Self.old, Self.raw, Self.xor2].map { "\($0)/meta.json" }
    #expect(puts.count == 9 && puts.filter { $0.hasSuffix("meta.json") } == metas)
    for ulid in [Self.old, Self.raw, Self.xor2] {
      let ofBlock = puts.filter { $0.hasPrefix(ulid) }
      #expect(ofBlock.count == 3 && ofBlock.last == "\(ulid)/meta.json")
    }
  }

  @Test("what arrives is byte for byte what was there, and run again it uploads nothing")
  func content() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let before = try data.snapshot()
    _ = try await Self.run(data, bucket)
    for ulid in [Self.old, Self.raw, Self.xor2] {
      for file in ["index", "chunks/000001"] {
        let arrived = try await bucket.read("\(ulid)/\(file)", limit: 1 << 30)
        #expect(arrived == (try data.read("\(ulid)/\(file)")))
      }
      // Tombstones are none of Thanos' objects.
      #expect(try await !bucket.exists("\(ulid)/tombstones"))
    }
    bucket.forgetPuts()
    #expect(try await Self.run(data, bucket).allSatisfy { $0.hasSuffix("skipped") })
    #expect(bucket.puts.isEmpty)
    #expect(try data.snapshot() == before, "the data folder is only read")
  }

  @Test("meta.json says what Thanos says, and keeps keys it does not know")
  func meta() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    let text = String(decoding: try data.read("\(Self.raw)/meta.json"), as: UTF8.self)
    let changed = text.replacing("\"version\": 1", with: "\"future\": {\"x\": 12345678901234567890}, \"version\": 1")
    try data.write(Array(changed.utf8), to: "\(Self.raw)/meta.json")
    _ = try await Self.run(data, bucket)
    let key = "\(Self.raw)/meta.json"
    let meta = try BlockMeta(parsing: try await bucket.read(key, limit: 1 << 20), file: key)
    #expect(meta.document["future"]?.text() == #"{"x":12345678901234567890}"#)
    let section = try #require(meta.document["thanos"]?.object)
    #expect(section["labels"]?.text() == #"{"cluster":"eu1"}"#)
    #expect(section["downsample"]?.text() == #"{"resolution":0}"#)
    #expect(section["source"]?.string == "bucket.upload")
    #expect(section["segment_files"]?.text() == #"["000001"]"#)
    #expect(section["upload_time"]?.string == "2023-11-14T22:13:20.123Z")
    let files = try #require(try ThanosSection(of: meta, file: key)).files
    #expect(files.map(\.path) == ["chunks/000001", "index", "meta.json"])
    #expect(files.map(\.size) == [107_314, 14_630, nil])
    // sha256sum of the fixture's files.
    #expect(files[0].sha256 == "f1d8b46fde653905dd640ae636b5cc890167113edd9e84e9241a0ef216fb33a1")
    #expect(files[1].sha256 == "16c8951a7247257b165fb90504758980a0f1808a2f6790192ac79ac44e683048")
  }

  @Test("index_stats are those that Thanos computed", arguments: [
    "downsampled/01M81B0KSSX5FCZ5868AE5R719", "downsampled/01M81B0KWKC84NS30MERVG5BFF",
  ])
  func indexStatistics(block: String) throws {
    let meta = try BlockMeta(parsing: Fixtures.bytes("\(block)/meta.json"), file: block)
    let index = try Index(FileBytes(mapping: "\(Fixtures.root)/\(block)/index"))
    let expected = try #require(meta.document["thanos"]?.object?["index_stats"]?.object)
    #expect(try IndexStatistics(of: index).document == expected)
  }

  @Test("one odd block does not stop the others", arguments: [
    "", "{", "[]", #"{"version": 1}"#, #"{"version": 1, "ulid": "01M81B089WZ6FKNMSDPKBMGYCV", "minTime": 0, "maxTime": 1}"#,
  ])
  func oddMeta(text: String) async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    try data.write(Array(text.utf8), to: "\(Self.raw)/meta.json")
    let outcomes = try await Self.run(data, bucket)
    #expect(outcomes.count == 3 && outcomes.filter { $0.hasSuffix("uploaded") }.count == 2)
    #expect(outcomes.last?.hasPrefix("\(Self.raw) failed: \(data.path)/\(Self.raw)/meta.json") == true)
    #expect(!bucket.puts.contains { $0.hasPrefix(Self.raw) })
  }

  struct Loss: Sendable, CustomTestStringConvertible {
    let name: String
    let apply: @Sendable (DataFolder) throws -> Void
    var testDescription: String { name }
  }

  @Test("of a block whose segments are not what the index says nothing is sent", arguments: [
    Loss(name: "missing") { try Directory.removeFile("\($0.path)/\(raw)/chunks/000001") },
    Loss(name: "empty") { try $0.write([], to: "\(raw)/chunks/000001") },
    Loss(name: "cut off") { try $0.write(Array(try $0.read("\(raw)/chunks/000001").prefix(50_000)), to: "\(raw)/chunks/000001") },
    Loss(name: "a damaged chunk") { try $0.flip("\(raw)/chunks/000001", at: 5000) },
    Loss(name: "a folder in its place") {
      try Directory.removeFile("\($0.path)/\(raw)/chunks/000001")
      try Directory.create("\($0.path)/\(raw)/chunks/000001")
    },
    Loss(name: "another's index") { try $0.write(try Fixtures.bytes("\(DataFolder.rawBlocks[2])/index"), to: "\(raw)/index") },
    Loss(name: "no index, the folder still there") { try Directory.removeFile("\($0.path)/\(raw)/index") },
  ])
  func damagedSegments(loss: Loss) async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    try loss.apply(data)
    let outcomes = try await Self.run(data, bucket)
    #expect(outcomes.filter { $0.hasSuffix("uploaded") }.count == 2, "\(outcomes)")
    #expect(outcomes.contains { $0.hasPrefix("\(Self.raw) failed") && !$0.contains("disappeared") }, "\(outcomes)")
    #expect(!bucket.puts.contains { $0.hasPrefix(Self.raw) })
  }

  struct Held: Sendable, CustomTestStringConvertible {
    let words: String
    let apply: @Sendable (TestBucket) async throws -> Void
    var testDescription: String { words }
  }

  @Test("what the bucket holds damaged or marked for deletion is not \"already there\"", arguments: [
    Held(words: "chunks/000001 is missing") { try await $0.delete("\(raw)/chunks/000001") },
    Held(words: "index has 1 bytes and should have 14630") { try await $0.put("\(raw)/index", .bytes([1])) },
    Held(words: "marked for deletion") { try await $0.put("\(raw)/deletion-mark.json", .bytes([1])) },
    Held(words: "with other data: chunks/000001: 50000 bytes there, 107314 bytes here") {
      // A damaged copy that agrees with itself.
      let text = String(decoding: try await $0.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
      try await $0.put("\(raw)/meta.json", .bytes(Array(text.replacing("107314", with: "50000").utf8)))
      let bytes = try await $0.read("\(raw)/chunks/000001", limit: 1 << 20)
      try await $0.put("\(raw)/chunks/000001", .bytes(Array(bytes.prefix(50_000))))
    },
    Held(words: "is about to delete it") {
      try await $0.delete("\(raw)/meta.json")
      try await $0.put("\(raw)/deletion-mark.json", .bytes([1]))
    },
  ])
  func notReallyThere(held: Held) async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    _ = try await Self.run(data, bucket)
    try await held.apply(bucket)
    bucket.forgetPuts()
    let outcome = try #require(try await Self.run(data, bucket).first)
    #expect(outcome.hasPrefix("\(Self.raw) failed") && outcome.contains(held.words), "\(outcome)")
    #expect(bucket.puts.isEmpty)
  }

  @Test("of a block with a damaged index nothing is sent")
  func damagedIndex() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    try data.flip("\(Self.raw)/index", at: 9000)
    let outcomes = try await Self.run(data, bucket)
    #expect(outcomes.filter { $0.hasSuffix("uploaded") }.count == 2)
    #expect(outcomes.contains { $0.hasPrefix("\(Self.raw) failed") && $0.contains("offset") })
    #expect(!bucket.puts.contains { $0.hasPrefix(Self.raw) })
  }

  @Test("a failed object keeps the block's meta.json back and lets the next block go in")
  func failedObject() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket(refusing: { $0 == "\(Self.raw)/index" }))
    let outcomes = try await Self.run(data, bucket)
    #expect(outcomes[1].hasPrefix("\(Self.raw) failed") && outcomes[2] == "\(Self.xor2) uploaded")
    #expect(try await !bucket.exists("\(Self.raw)/meta.json"))
  }

  @Test("a bucket that takes nothing more is not asked again for every block", arguments: [
    BucketError.Code.noSpace, .accessDenied, .badCredentials, .unavailable,
  ])
  func givenUp(code: BucketError.Code) async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket(with: code) { $0.hasPrefix(Self.old) })
    let outcomes = try await Self.run(data, bucket)
    #expect(outcomes[0].hasPrefix("\(Self.old) failed"))
    #expect(outcomes.dropFirst() == ["\(Self.raw) not sent", "\(Self.xor2) not sent"])
    #expect(bucket.puts.isEmpty)
  }

  @Test("a block that is in the bucket without meta.json gets what is missing or different")
  func partial() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    try await bucket.put("\(Self.raw)/chunks/000001", .bytes([1, 2, 3]))
    #expect(try await Self.run(data, bucket) == ["\(Self.raw) uploaded"])
    let arrived = try await bucket.read("\(Self.raw)/chunks/000001", limit: 1 << 30)
    #expect(arrived == (try data.read("\(Self.raw)/chunks/000001")))
  }

  @Test("a block that holds no sample is left out")
  func empty() async throws {
    let (data, bucket) = (try DataFolder([]), try TestBucket())
    try Directory.create("\(data.path)/\(Self.raw)/chunks")
    let text = #"{"version": 1, "ulid": "\#(Self.raw)", "minTime": 0, "maxTime": 7200000}"#
    try data.write(Array(text.utf8), to: "\(Self.raw)/meta.json")
    #expect(try await Self.run(data, bucket) == ["\(Self.raw) skipped"])
  }

  @Test("a block that the compactor has merged away is not sent a second time")
  func compacted() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    let larger = "01M81B0KSSX5FCZ5868AE5R719"
    func meta(labels: String, sources: String, maxTime: Int64 = 1_700_100_000_000) -> ObjectContent {
      .bytes(Array(#"""
        {"version": 1, "ulid": "\#(larger)", "minTime": 1700000000000, "maxTime": \#(maxTime),
         "compaction": {"level": 2, "sources": ["\#(sources)"]}, "thanos": {"labels": {"cluster": "\#(labels)"}}}
        """#.utf8))
    }
    try await bucket.put("\(larger)/meta.json", meta(labels: "eu1", sources: Self.raw))
    #expect(try await Self.run(data, bucket) == ["\(Self.raw) skipped"])
    // Under other labels, from other sources or over less time it is another block.
    for other in [
      meta(labels: "eu2", sources: Self.raw), meta(labels: "eu1", sources: Self.xor2),
      meta(labels: "eu1", sources: Self.raw, maxTime: 1_700_010_000_000),
    ] {
      let fresh = try TestBucket()
      try await fresh.put("\(larger)/meta.json", other)
      #expect(try await Self.run(data, fresh) == ["\(Self.raw) uploaded"])
    }
  }

  @Test("blocks are never mixed up: other labels, in the bucket or in meta.json, are a refusal")
  func labels() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    _ = try await Self.run(data, bucket)
    let outcomes = try await Self.run(data, bucket, labels: .of("cluster=eu2"))
    #expect(outcomes.first?.contains("other external labels") == true)

    let downsampled = try DataFolder(["downsampled/01M81B0KSSX5FCZ5868AE5R719"])
    let refused = try await Self.run(downsampled, try TestBucket())
    #expect(refused.first?.contains("already carries the external labels {cluster=\"fixture\"}") == true)
    let accepted = try TestBucket()
    #expect(try await Self.run(downsampled, accepted, labels: .of("cluster=fixture")).first?.hasSuffix("uploaded") == true)
    let key = "01M81B0KSSX5FCZ5868AE5R719/meta.json"
    let meta = try BlockMeta(parsing: try await accepted.read(key, limit: 1 << 20), file: key)
    #expect(try ThanosSection(of: meta, file: key)?.resolution == .fiveMinutes)
  }

  @Test("other data under the same ULID is a refusal")
  func otherData() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    _ = try await Self.run(data, bucket)
    let text = String(decoding: try data.read("\(Self.raw)/meta.json"), as: UTF8.self)
    try data.write(Array(text.replacing("18920", with: "18921").utf8), to: "\(Self.raw)/meta.json")
    #expect(try await Self.run(data, bucket).first?.contains("with other counts") == true)
  }

  @Test("overlaps with blocks of the same labels are named, those marked for deletion are not")
  func overlaps() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    let other = "01M81B0KSSX5FCZ5868AE5R719"
    let text = #"""
      {"version": 1, "ulid": "\#(other)", "minTime": 1700000000000, "maxTime": 1700010000000,
       "thanos": {"labels": {"cluster": "eu1"}}}
      """#
    try await bucket.put("\(other)/meta.json", .bytes(Array(text.utf8)))
    let backfill = Backfill(bucket: bucket, labels: try .of("cluster=eu1"), logger: silent)
    func overlaps() async throws -> [String] {
      switch try await backfill.plan(DataFolderSource(data.path)).blocks.first?.decision {
      case .overlap(_, let others)?: return others.map(\.ulid.description)
      case .upload?: return []
      default: return ["?"]
      }
    }
    #expect(try await overlaps() == [other])
    try await bucket.put("\(other)/deletion-mark.json", .bytes([]))
    #expect(try await overlaps() == [])
  }

  @Test("files are held open: a block that Prometheus deletes during the upload arrives whole")
  func deleted() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    let index = try data.read("\(Self.raw)/index")
    let block = try OpenBlock(BlockFolder(ulid: try #require(ULID(Self.raw)), path: "\(data.path)/\(Self.raw)"))
    for file in try DataFolder.files(below: "\(data.path)/\(Self.raw)") { try Directory.removeFile(file) }
    let ready = try await BlockPreparation(labels: try .of("cluster=eu1"), check: .index, hash: .sha256).prepare(block)
    let delivery = Delivery(to: bucket, notes: try TestState().notes, logger: silent)
    await delivery.run([ready], blocksAtATime: 1, prepare: { $0 }, release: { _ in }, moved: { _ in }) {
      if case .delivered = $1 { return }
      Issue.record("\($1)")
    }
    #expect(try await bucket.read("\(Self.raw)/index", limit: 1 << 20) == index)
  }

  @Test("a block that disappears between plan and upload is a failure that says so")
  func vanished() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let backfill = Backfill(bucket: bucket, labels: try .of("cluster=eu1"), options: .overlapping, logger: silent)
    let source = DataFolderSource(data.path)
    let plan = try await backfill.plan(source)
    for file in try DataFolder.files(below: "\(data.path)/\(Self.raw)") { try Directory.removeFile(file) }
    #expect(Directory.removeIfEmpty("\(data.path)/\(Self.raw)/chunks") && Directory.removeIfEmpty("\(data.path)/\(Self.raw)"))
    var outcomes: [String] = []
    await backfill.carryOut(plan, from: source, notes: try TestState().notes, moved: { _ in }) { outcomes.append("\($1)") }
    #expect(outcomes.filter { $0.contains("it disappeared before its upload") }.count == 1)
    #expect(outcomes.filter { $0.hasPrefix("uploaded") }.count == 2)
  }

  @Test("a cancelled run sends nothing more and leaves no meta.json behind")
  func cancelled() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    let run = Task { try await Self.run(data, bucket) }
    run.cancel()
    // Listing is the first thing that notices; either way no block may be half there with a meta.json.
    _ = try? await run.value
    for key in bucket.puts where key.hasSuffix("meta.json") {
      #expect(try await bucket.exists(key.replacing("meta.json", with: "index")))
    }
  }

  @Test("what is no data folder is refused with the way out", arguments: ["", "/nothing-there", "/01M81B088QDAD3JHFN4993ETCA"])
  func noTSDB(path: String) async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    try Directory.create("\(data.path)/empty")
    let wrong = path.isEmpty ? "\(data.path)/empty" : data.path + path
    let backfill = Backfill(bucket: bucket, labels: try .of("cluster=eu1"), logger: silent)
    let error = await #expect(throws: DataDirectory.NotATSDB.self) { try await backfill.plan(DataFolderSource(wrong)) }
    #expect(error.map { "\($0)".contains("--storage.tsdb.path") } == true)
  }
}
