import Console
import Delivery
import Fixtures
import ObjectStore
import Platform
import Shipping
import TSDB
import Testing
import Thanos

@Suite("plan on the screen")
struct PlanReportTests {
  static let raw = BackfillTests.raw
  static let xor2 = BackfillTests.xor2

  static func rehearse(
    _ data: DataFolder, _ bucket: any Bucket, _ change: (inout BackfillOptions) -> Void = { _ in }
  ) async throws -> UploadPlan {
    var options = BackfillOptions()
    change(&options)
    let backfill = Backfill(bucket: bucket, labels: try .of("cluster=eu1"), options: options, logger: silent)
    return try await backfill.rehearse(DataFolderSource(data.path))
  }

  @Test("a dry run over a fixed folder prints this")
  func golden() async throws {
    let data = try DataFolder(DataFolder.rawBlocks + ["downsampled/01M81B0KSSX5FCZ5868AE5R719"])
    let bucket = FileSystemBucket(directory: "\(data.path)/no-bucket")
    let report = PlanReport(try await Self.rehearse(data, bucket), rate: ExpectedRate(1024, .given))
    let one = "2023-11-15T00:00:00.069Z to 2023-11-15T01:59:30.148Z"
    let other = "2023-11-15T00:00:00.945Z to 2023-11-15T01:59:31.005Z"
    let raw = "01M81B088QDAD3JHFN4993ETCA (\(one), level 1, of this run, 119 KiB)"
    let xor2 = "01M81B089WZ6FKNMSDPKBMGYCV (\(other), level 1, of this run, 60.1 KiB)"
    let allow = "--shipper.allow-out-of-order-uploads sends it all the same, for a Thanos with vertical compaction"
    #expect(report.text(.table) == """
      BLOCK                       FROM                      UNTIL                     LEVEL      SIZE  DECISION  REASON
      01DXXFZDYD1MQW6079WK0K6EDQ  1970-01-01T00:00:00Z      1970-01-01T02:00:00Z          1  7.08 KiB  upload    the bucket does not have it
      01M81B0KSSX5FCZ5868AE5R719  2023-11-07T00:00:00.182Z  2023-11-18T23:59:00.202Z      1  1.18 MiB  conflict  its meta.json already carries the external labels {cluster="fixture"}, which are not {cluster="eu1"}
      01M81B088QDAD3JHFN4993ETCA  2023-11-15T00:00:00.069Z  2023-11-15T01:59:30.148Z      1   119 KiB  upload    the bucket does not have it
      01M81B089WZ6FKNMSDPKBMGYCV  2023-11-15T00:00:00.945Z  2023-11-15T01:59:31.005Z      1  60.1 KiB  overlap   \(xor2) overlaps \(raw); \(allow)
      2 upload (126 KiB), 1 conflict (1.18 MiB), 1 overlap (60.1 KiB)
      to send: 2 blocks, 126 KiB, about 2m7s at 1.00 KiB/s

      """)
    #expect(report.status == .findings)
    #expect(report.text(.csv).hasPrefix("ulid,from,until,level,size_bytes,decision,reason,warnings\n"))
    #expect(try await Self.rehearse(data, PrefixedBucket(bucket, prefix: "a")).uploads.count == 2)
    #expect((try? Directory.status(of: "\(data.path)/no-bucket")) == nil, "a dry run makes no directory")
  }

  @Test("a dry run writes nothing, names a corrupt block with the finding, and ends as the run would")
  func corrupt() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    try data.flip("\(Self.raw)/chunks/000001", at: 77_777)
    let before = try data.snapshot()
    let blind = try await Self.rehearse(data, bucket) { $0.check = .none }
    #expect(PlanReport(blind, rate: nil).status == .good)
    let plan = try await Self.rehearse(data, bucket)
    let block = try #require(plan.blocks.first)
    #expect(block.decision.name == "corrupt")
    #expect(block.decision.reason.hasPrefix("chunk-crc-mismatch: \(data.path)/\(Self.raw)/chunks/000001: offset "))
    #expect(PlanReport(plan, rate: nil).status == .findings)
    #expect(PlanReport(plan, rate: nil, skipsCorrupted: true).status == .good)
    #expect(bucket.puts.isEmpty)
    #expect(try data.snapshot() == before)
  }

  @Test("a block that fails the check is not sent, the others are", arguments: [false, true])
  func notSent(skips: Bool) async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    try data.flip("\(Self.raw)/chunks/000001", at: 77_777)
    var options = BackfillOptions.overlapping
    options.check = .full
    options.skipsCorrupted = skips
    let outcomes = try await BackfillTests.run(data, bucket, options: options)
    #expect(outcomes[1].hasPrefix("\(Self.raw) \(skips ? "left out" : "failed"): chunk-crc-mismatch: "), "\(outcomes)")
    #expect(outcomes[0].hasSuffix("uploaded") && outcomes[2].hasSuffix("uploaded"))
    #expect(!bucket.puts.contains { $0.hasPrefix(Self.raw) })
  }

  @Test("a corrupt block counts as failed unless it is to be skipped; the reason stands below the table and in rows")
  func report() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    try data.write([], to: "\(Self.raw)/meta.json")
    for (skips, status, word) in [(false, ExitStatus.findings, "failed"), (true, .good, "corrupt")] {
      var options = BackfillOptions()
      options.skipsCorrupted = skips
      options.stateFolder = bucket.state
      let run = BackfillRun(
        path: data.path, bucket: bucket, labels: try .of("cluster=eu1"), options: options, progress: .none,
        logger: silent)
      let report = try await run.run()
      #expect(report.status == status)
      #expect(report.text(.table).contains("\n\(word): \(Self.raw): \(data.path)/\(Self.raw)/meta.json: "))
      #expect(report.text(.tsv).contains("\t\(word)\t\(data.path)/\(Self.raw)/meta.json: "))
    }
  }

  @Test("without a hash function meta.json holds sizes only")
  func noHash() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    var options = BackfillOptions()
    options.hash = .none
    #expect(try await BackfillTests.run(data, bucket, options: options) == ["\(Self.raw) uploaded"])
    let key = "\(Self.raw)/meta.json"
    let meta = try BlockMeta(parsing: try await bucket.read(key, limit: 1 << 20), file: key)
    let files = try #require(try ThanosSection(of: meta, file: key)).files
    #expect(files.map(\.size) == [107_314, 14_630, nil] && files.allSatisfy { $0.sha256 == nil })
  }

  @Test("deletions of a real block are read from its tombstones and warned of, in the table and in its row")
  func tombstones() async throws {
    func varint(_ value: UInt64) -> [UInt8] {
      value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
    // Two series, each from the block's 20th second for a minute; times are zigzagged.
    let entries = [3, 7].flatMap { series in
      varint(series) + varint(1_700_006_420_000 << 1) + varint(1_700_006_480_000 << 1)
    }
    let checksum = unsafe CRC32C.checksum(entries.span.bytes)
    let tail = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> UInt32($0)) }
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    try data.write([0x01, 0x30, 0xBA, 0x30, 0x01] + entries + tail, to: "\(Self.raw)/tombstones")
    let bucket = try TestBucket()
    let words = "deletions of 2 series from 2023-11-15T00:00:20Z to 2023-11-15T00:01:20Z get lost"
    let report = PlanReport(try await Self.rehearse(data, bucket), rate: nil)
    #expect(report.text(.table).contains("\nwarning: \(Self.raw): \(words)"), "\(report.text(.table))")
    #expect(report.text(.tsv).contains("\t\(words)") && report.status == .good)

    try data.flip("\(Self.raw)/tombstones", at: 6)
    let damaged = PlanReport(try await Self.rehearse(data, bucket), rate: nil)
    #expect(damaged.text(.table).contains("its tombstones cannot be read"), "\(damaged.text(.table))")
  }

  @Test("a block that was asked for by name and is not there is a refusal")
  func unknown() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    let xor2 = try #require(ULID(Self.xor2))
    let error = await #expect(throws: UnknownBlocks.self) {
      try await Self.rehearse(data, try TestBucket()) { $0.selection.ids = [xor2] }
    }
    #expect(error?.exitStatus == .usage && error?.ulids == [xor2])
  }

  @Test("a bucket that its owner has to make is missed by a dry run too")
  func missingBucket() async throws {
    struct Missing: Bucket {
      let location = "s3://missing"
      func listPage(prefix: String, style: ListingStyle, after token: ListingToken?) async throws -> ListingPage {
        throw BucketError(.bucketNotFound, key: nil, in: location, "not there")
      }
      func attributes(of key: String) async throws -> ObjectAttributes {
        throw BucketError(.bucketNotFound, key: key, in: location, "not there")
      }
      func get(
        _ key: String, range: Range<UInt64>?, receive: @escaping @Sendable ([UInt8]) async throws -> Void
      ) async throws -> ObjectAttributes { try await attributes(of: key) }
      func put(_ key: String, _ content: ObjectContent, _ options: PutOptions) async throws -> PutReceipt {
        throw BucketError(.bucketNotFound, key: key, in: location, "not there")
      }
      func delete(_ key: String) async throws {}
    }
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    await #expect(throws: BucketError.self) { try await Self.rehearse(data, Missing()) }
  }
}
