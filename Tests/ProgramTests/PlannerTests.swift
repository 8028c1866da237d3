import OrderedJSON
import Shipping
import TSDB
import Testing
import Thanos

/// Blocks out of nothing but numbers, for a planner that needs no folder.
enum Made {
  static let hour: Int64 = 3_600_000

  /// - Parameter number: 0…9.
  static func ulid(_ number: Int) throws -> ULID { try #require(ULID("01M81B088QDAD3JHFN4993ET0\(number)")) }

  static func description(
    _ number: Int, hours: Range<Int64>, level: Int64 = 1, samples: Int64 = 10, sources: [Int]? = nil,
    labels: String? = nil, resolution: Int64 = 0, source: String = "sidecar"
  ) throws -> BlockDescription {
    var document: JSONObject = [
      "ulid": .string("\(try ulid(number))"), "minTime": .integer(hours.lowerBound * hour),
      "maxTime": .integer(hours.upperBound * hour), "stats": .object(["numSamples": .integer(samples)]),
    ]
    document["compaction"] = .object([
      "level": .integer(level), "sources": .array(try (sources ?? [number]).map { .string("\(try ulid($0))") }),
    ])
    if let labels {
      document["thanos"] = .object([
        "labels": .object(["cluster": .string(labels)]), "downsample": .object(["resolution": .integer(resolution)]),
        "source": .string(source),
        "files": .array([.object(["rel_path": .string("index"), "size_bytes": .integer(2048)])]),
      ])
    }
    return try BlockDescription(try BlockMeta(document, file: "test"), file: "test")
  }

  static func local(
    _ description: BlockDescription, deletions: LocalBlock.Deletions = .none
  ) -> LocalBlock {
    LocalBlock(
      folder: BlockFolder(ulid: description.ulid, path: "/data/\(description.ulid)"),
      description: .success(description), files: ["index": description.meta.stats.samples == 0 ? 100 : 1024],
       deletions: deletions)
  }

  static func remote(_ description: BlockDescription) -> BucketBlock {
    BucketBlock(ulid: description.ulid, state: .whole(description), metaSize: 100)
  }
}

@Suite("planner")
struct PlannerTests {
  static func plan(
    _ local: [LocalBlock], bucket: [BucketBlock] = [], doomed: Set<ULID> = [],
    _ change: (inout BackfillOptions) throws -> Void = { _ in }
  ) throws -> UploadPlan {
    var options = BackfillOptions()
    try change(&options)
    let planner = Planner(labels: try .of("cluster=eu1"), bucketBlocks: bucket, options: options)
    return planner.settle(planner.draft(local), doomed: doomed)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let decision: String
    /// Words of the reason.
    let reason: [String]
    let plan: @Sendable () throws -> UploadPlan
    var testDescription: String { "\(decision): \(reason)" }
  }

  static func one(_ hours: Range<Int64> = 0..<2, level: Int64 = 1, samples: Int64 = 10) throws -> [LocalBlock] {
    [Made.local(try Made.description(1, hours: hours, level: level, samples: samples))]
  }

  @Test("each decision has its reason in words", arguments: [
    Case(decision: "upload", reason: ["does not have it"]) { try plan(try one()) },
    Case(decision: "partial in the bucket", reason: ["no meta.json", "what is missing or different is sent"]) {
      try plan(try one(), bucket: [BucketBlock(ulid: try Made.ulid(1), state: .partial, metaSize: 0)])
    },
    Case(decision: "already there", reason: ["same labels, times, counts and file sizes"]) {
      try plan(try one(), bucket: [Made.remote(try Made.description(1, hours: 0..<2, labels: "eu1"))])
    },
    Case(decision: "already there", reason: ["01M81B088QDAD3JHFN4993ET09", "compacted from it"]) {
      try plan(
        try one(),
        bucket: [Made.remote(try Made.description(9, hours: 0..<8, level: 2, sources: [1, 2], labels: "eu1"))])
    },
    Case(decision: "empty", reason: ["no sample"]) { try plan(try one(samples: 0)) },
    Case(decision: "level", reason: ["level 2", "--no-shipper.upload-compacted"]) {
      try plan(try one(level: 2)) { $0.uploadsCompacted = false }
    },
    Case(decision: "upload", reason: []) { try plan(try one(level: 1)) { $0.uploadsCompacted = false } },
    Case(decision: "outside the time range", reason: ["ends at 1970-01-01T02:00:00Z", "before 1970-01-01T03:00:00Z"]) {
      try plan(try one()) { $0.selection.minTime = 3 * Made.hour }
    },
    Case(decision: "outside the time range", reason: ["it begins at", "after 1969-12-31T23:00:00Z"]) {
      try plan(try one()) { $0.selection.maxTime = -Made.hour }
    },
    Case(decision: "not selected", reason: ["--id"]) { try plan(try one()) { $0.selection.ids = [try Made.ulid(2)] } },
    Case(decision: "not selected", reason: ["do not match {cluster=\"us1\"}"]) {
      try plan(try one()) { $0.selection.selector = try LabelSelector(parsing: ["cluster=us1"]) }
    },
    Case(decision: "conflict", reason: ["other external labels"]) {
      try plan(try one(), bucket: [Made.remote(try Made.description(1, hours: 0..<2, labels: "eu2"))])
    },
    Case(decision: "conflict", reason: ["already carries"]) {
      try plan([Made.local(try Made.description(1, hours: 0..<2, labels: "eu2"))])
    },
    Case(decision: "corrupt", reason: ["no such luck"]) {
      try plan([broken()])
    },
    Case(decision: "not selected", reason: ["--id"]) { try plan([broken()]) { $0.selection.ids = [try Made.ulid(2)] } },
    Case(decision: "overlap", reason: [
      "01M81B088QDAD3JHFN4993ET01 (1970-01-01T00:00:00Z to 1970-01-01T02:00:00Z, level 1, of this run, 1.00 KiB) ",
      "01M81B088QDAD3JHFN4993ET09 (1970-01-01T01:00:00Z to 1970-01-01T03:00:00Z, level 3, in the bucket, source"
        + " sidecar, 2.00 KiB)", "--shipper.allow-out-of-order-uploads",
    ]) { try plan(try one(), bucket: [Made.remote(try Made.description(9, hours: 1..<3, level: 3, labels: "eu1"))]) },
  ])
  func decisions(row: Case) throws {
    let block = try #require(try row.plan().blocks.first)
    #expect(block.decision.name == row.decision)
    for words in row.reason { #expect(block.decision.reason.contains(words), "\(block.decision.reason)") }
    #expect((block.decision.failure != nil) == ["conflict", "corrupt", "overlap"].contains(row.decision))
  }

  struct NoLuck: Error, CustomStringConvertible { let description = "no such luck" }

  static func broken() throws -> LocalBlock {
    LocalBlock(
      folder: BlockFolder(ulid: try Made.ulid(1), path: "/data/x"), description: .failure(NoLuck()), files: [:],
      deletions: .none)
  }

  @Test("blocks of other labels, another resolution or a deletion mark, and neighbours, are no overlap")
  func noOverlap() throws {
    let bucket = [
      Made.remote(try Made.description(2, hours: 0..<2, labels: "eu2")),
      Made.remote(try Made.description(3, hours: 0..<2, labels: "eu1", resolution: 300_000)),
      Made.remote(try Made.description(4, hours: 0..<2, labels: "eu1")),
      Made.remote(try Made.description(5, hours: 2..<4, labels: "eu1")),
      // These two overlap each other, which concerns nobody here.
      Made.remote(try Made.description(6, hours: 8..<12, labels: "eu1")),
      Made.remote(try Made.description(7, hours: 10..<14, labels: "eu1")),
    ]
    let plan = try Self.plan(try Self.one(), bucket: bucket, doomed: [try Made.ulid(4)])
    #expect(plan.blocks.map(\.decision.name) == ["upload"])
    #expect(try Self.plan(try Self.one(), bucket: bucket).blocks.map(\.decision.name) == ["overlap"])
  }

  @Test("odd blocks of the bucket that are not meant stop nothing")
  func oddBucket() throws {
    let bucket = [
      BucketBlock(ulid: try Made.ulid(2), state: .partial, metaSize: 0),
      BucketBlock(ulid: try Made.ulid(3), state: .unreadable(NoLuck()), metaSize: 0),
    ]
    #expect(try Self.plan(try Self.one(), bucket: bucket).blocks.map(\.decision.name) == ["upload"])
    let own = BucketBlock(ulid: try Made.ulid(1), state: .unreadable(NoLuck()), metaSize: 0)
    #expect(try Self.plan(try Self.one(), bucket: [own]).blocks.map(\.decision.name) == ["conflict"])
  }

  @Test("an overlap stops the block concerned, also one with a block of this run, and not the run")
  func overlapsOfThisRun() throws {
    let local = [
      Made.local(try Made.description(1, hours: 0..<6, level: 2)), Made.local(try Made.description(2, hours: 4..<8)),
      Made.local(try Made.description(3, hours: 6..<8)), Made.local(try Made.description(4, hours: 8..<10)),
    ]
    let plan = try Self.plan(local)
    #expect(plan.blocks.map(\.decision.name) == ["upload", "overlap", "upload", "upload"])
    let allowed = try Self.plan(local) { $0.allowsOverlaps = true }
    #expect(allowed.uploads.count == 4)
    #expect(allowed.blocks.map(\.warnings.count) == [0, 1, 1, 0])
    #expect(allowed.blocks[1].warnings.first?.description.contains("\(try Made.ulid(1)) (") == true)
  }

  @Test("of a block and the one that Prometheus has just compacted it into only the larger one goes in")
  func superseded() throws {
    let local = [
      Made.local(try Made.description(1, hours: 0..<2)), Made.local(try Made.description(2, hours: 2..<4)),
      Made.local(try Made.description(9, hours: 0..<4, level: 2, sources: [1, 2])),
    ]
    let plan = try Self.plan(local)
    #expect(plan.blocks.map(\.decision.name) == ["superseded", "upload", "superseded"])
    #expect(plan.uploads.map(\.ulid) == [try Made.ulid(9)])
    // Where the larger one is not meant to go in, the small ones do.
    let small = try Self.plan(local) { $0.uploadsCompacted = false }
    #expect(small.blocks.map(\.decision.name) == ["upload", "level", "upload"])
    // A sidecar has sent the first one: the larger one overlaps it and stays behind, the second one does not.
    let sent = try Self.plan(local, bucket: [Made.remote(try Made.description(1, hours: 0..<2, labels: "eu1"))])
    #expect(sent.blocks.map(\.decision.name) == ["already there", "overlap", "upload"])
  }

  @Test("tombstones that would be lost are counted, with their time inside the block")
  func tombstones() throws {
    let tombstones = Tombstones([
      Tombstones.Entry(series: 1, minTime: .min, maxTime: 1_000),
      Tombstones.Entry(series: 1, minTime: 5_000, maxTime: 6_000),
      Tombstones.Entry(series: 2, minTime: 2_000, maxTime: 3_000),
    ])
    let block = try Made.description(1, hours: 0..<2)
    let deletions = LocalBlock.Deletions(tombstones, in: block.meta)
    let warnings = try Self.plan([Made.local(block, deletions: deletions)]).blocks[0].warnings.map(\.description)
    #expect(warnings.count == 1)
    let expected = "deletions of 2 series from 1970-01-01T00:00:00Z to 1970-01-01T00:00:06Z get lost"
    #expect(warnings.first?.hasPrefix(expected) == true)
    guard case .none = LocalBlock.Deletions(Tombstones(), in: block.meta) else { Issue.record("no entries"); return }
    let unreadable = try Self.plan([Made.local(block, deletions: .unreadable(NoLuck()))]).blocks[0].warnings
    #expect(unreadable.first?.description.contains("no such luck") == true)
  }

  @Test("blocks that Thanos will never compact are warned of")
  func range() throws {
    let warnings = try Self.plan(try Self.one(324..<342)).blocks[0].warnings.map(\.description)
    #expect(warnings.count == 1 && warnings[0].contains("never compact") && warnings[0].contains("5m or 1h"))
  }

  @Test("blocks older than the newest of the bucket are warned of, by labels and resolution")
  func older() throws {
    func warnings(_ hours: Range<Int64>, _ labels: String) throws -> [String] {
      let bucket = [
        Made.remote(try Made.description(8, hours: 4..<6, labels: labels)),
        Made.remote(try Made.description(9, hours: 6..<8, labels: labels)),
      ]
      return try Self.plan(try Self.one(hours), bucket: bucket).blocks[0].warnings.map(\.description)
    }
    #expect(try warnings(8..<10, "eu1") == [])
    #expect(try warnings(0..<2, "eu2") == [])
    let older = try warnings(0..<2, "eu1")
    let bucket = [Made.remote(try Made.description(9, hours: 6..<8, labels: "eu1"))]
    let local = [Made.local(try Made.description(1, hours: 0..<2)), Made.local(try Made.description(2, hours: 8..<10))]
    let totals = PlanReport(try Self.plan(local, bucket: bucket), rate: nil).totals
    #expect(totals.hasSuffix("ends at 1970-01-01T08:00:00Z: 1 of the blocks to send are older than it, 1 younger"))
    #expect(older.count == 1 && older[0].contains("01M81B088QDAD3JHFN4993ET09, until 1970-01-01T08:00:00Z"), "\(older)")
  }
}
