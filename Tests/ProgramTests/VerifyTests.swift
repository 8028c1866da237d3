import Fixtures
import ObjectStore
import Platform
import Shipping
import TSDB
import Testing
import Thanos
import Verification

@Suite("verify")
struct VerifyTests {
  static let raw = "01M81B088QDAD3JHFN4993ETCA"
  static let rawOnly = [DataFolder.rawBlocks[1]]

  static func findings(_ subject: Verification.Subject) async throws -> [Finding] {
    var findings: [Finding] = []
    try await Verification(subject, options: VerificationOptions(level: .full), logger: silent).run(checked: { findings += $0.findings })
    return findings
  }

  /// A data folder and the bucket that backfill made of it.
  static func shipped(_ blocks: [String] = rawOnly) async throws -> (data: DataFolder, bucket: TestBucket) {
    let (data, bucket) = (try DataFolder(blocks), try TestBucket())
    #expect(try await BackfillTests.run(data, bucket).allSatisfy { $0.hasSuffix("uploaded") })
    return (data, bucket)
  }

  @Test("the fixtures are good, alone, in a bucket and as a copy")
  func good() async throws {
    let (data, bucket) = try await Self.shipped(DataFolder.rawBlocks)
    var reports: [BlockReport] = []
    try await Verification(
      .copy(folder: data.path, bucket: bucket), options: VerificationOptions(level: .full), logger: silent
    ).run(checked: { reports.append($0) })
    #expect(reports.count == 3 && reports.allSatisfy { $0.isGood && $0.findings.isEmpty })
    for file in reports[1].files where ["index", "chunks/000001"].contains(file.path) {
      #expect(file.evidence == [.size, .crc32c, .sha256, .read])
    }
    #expect(reports.map(\.chunksChecked) == [102, 195, 120])
    #expect(try await Self.findings(.bucket(bucket)).isEmpty)
    #expect(try await Self.findings(.folder("\(Fixtures.root)/downsampled")).isEmpty)
    #expect(try await Self.findings(.bucket(FileSystemBucket(directory: "\(Fixtures.root)/downsampled"))).isEmpty)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: [Finding.ID]
    let apply: @Sendable (DataFolder) async throws -> Void
    var testDescription: String { name }
  }

  @Test("damage to a local block is found as what it is", arguments: [
    Damage(name: "a chunk's data", expected: [.chunkChecksum]) { try $0.flip("\(raw)/chunks/000001", at: 5000) },
    Damage(name: "a segment's magic", expected: [.segmentMalformed]) { try $0.flip("\(raw)/chunks/000001", at: 0) },
    Damage(name: "a series entry", expected: [.indexChecksum]) { try $0.flip("\(raw)/index", at: 9000) },
    Damage(name: "the table of contents", expected: [.indexChecksum]) { try $0.flip("\(raw)/index", at: 14_600) },
    Damage(name: "the tombstones", expected: [.tombstonesMalformed]) { try $0.flip("\(raw)/tombstones", at: 0) },
    Damage(name: "no index", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/index") },
    Damage(name: "no meta.json", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/meta.json") },
    Damage(name: "an empty meta.json", expected: [.metaUnreadable]) { try $0.write([], to: "\(raw)/meta.json") },
    Damage(name: "no segment", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/chunks/000001") },
    Damage(name: "a segment cut off", expected: [.segmentMalformed]) {
      try $0.write(Array(try $0.read("\(raw)/chunks/000001").dropLast(7)), to: "\(raw)/chunks/000001")
    },
    Damage(name: "a stray in chunks", expected: [.strayObject]) { try $0.write([1], to: "\(raw)/chunks/000001.bak") },
    Damage(name: "an index of another block", expected: [.chunkOutsideBlock, .countMismatch, .chunkMissing, .unreferencedChunk, .chunkTimes]) {
      try $0.write(try Fixtures.bytes("\(DataFolder.rawBlocks[2])/index"), to: "\(raw)/index")
    },
    Damage(name: "series counted wrongly", expected: [.countMismatch]) {
      let text = String(decoding: try $0.read("\(raw)/meta.json"), as: UTF8.self)
      try $0.write(Array(text.replacing("\"numSeries\": 120", with: "\"numSeries\": 121").utf8), to: "\(raw)/meta.json")
    },
  ])
  func local(damage: Damage) async throws {
    let data = try DataFolder(Self.rawOnly)
    try await damage.apply(data)
    let findings = try await Self.findings(.folder(data.path))
    #expect(Set(findings.map(\.id)) == Set(damage.expected), "\(findings)")
    #expect(findings.allSatisfy { $0.file.hasPrefix("\(data.path)/\(Self.raw)") })
  }

  @Test("a chunk's place that the index gets wrong is found though all counts agree")
  func swappedSegments() async throws {
    // Two segments change places: every checksum is right, every count too, and no chunk is where the index says.
    let data = try DataFolder(Self.rawOnly)
    let segment = try data.read("\(Self.raw)/chunks/000001")
    try data.write(Array(segment.prefix(8)), to: "\(Self.raw)/chunks/000000")
    #expect(Set(try await Self.findings(.folder(data.path)).map(\.id)) == [.chunkMissing, .unreferencedChunk])
  }

  struct BucketDamage: Sendable, CustomTestStringConvertible {
    let name: String
    /// With the bucket alone.
    let alone: [Finding.ID]
    /// As a copy of the folder.
    let copy: [Finding.ID]
    let apply: @Sendable (TestBucket) async throws -> Void
    var testDescription: String { name }
  }

  @Test("damage to a block in a bucket is found with and without the original", arguments: [
    BucketDamage(name: "a chunk's data", alone: [.chunkChecksum, .hashMismatch], copy: [.contentMismatch]) {
      try await $0.flip("\(raw)/chunks/000001", at: 5000)
    },
    BucketDamage(name: "the index", alone: [.indexChecksum, .hashMismatch], copy: [.contentMismatch]) {
      try await $0.flip("\(raw)/index", at: 9000)
    },
    BucketDamage(name: "no index", alone: [.missingObject], copy: [.missingObject]) { try await $0.delete("\(raw)/index") },
    BucketDamage(name: "no segment", alone: [.missingObject], copy: [.missingObject]) {
      try await $0.delete("\(raw)/chunks/000001")
    },
    BucketDamage(name: "no meta.json", alone: [.uploadInProgress], copy: [.partialUpload]) { try await $0.delete("\(raw)/meta.json") },
    BucketDamage(name: "an empty meta.json", alone: [.metaUnreadable], copy: [.metaUnreadable]) {
      try await $0.put("\(raw)/meta.json", .bytes([]))
    },
    BucketDamage(
      name: "a segment cut off", alone: [.sizeMismatch, .segmentMalformed, .hashMismatch], copy: [.sizeMismatch, .sizeMismatch]
    ) {
      let bytes = try await $0.read("\(raw)/chunks/000001", limit: 1 << 30)
      try await $0.put("\(raw)/chunks/000001", .bytes(Array(bytes.dropLast(7))))
    },
    BucketDamage(name: "a stray object", alone: [.strayObject], copy: [.strayObject]) {
      try await $0.put("\(raw)/chunks/000002", .bytes([1]))
    },
    BucketDamage(name: "marked for deletion", alone: [.deletionOverdue], copy: [.deletionOverdue, .deletionUncovered]) {
      let mark = #"{"id": "\#(raw)", "version": 1, "deletion_time": 1700000000}"#
      try await $0.put("\(raw)/deletion-mark.json", .bytes(Array(mark.utf8)))
    },
    BucketDamage(name: "a mark that is none", alone: [.markerUnreadable], copy: [.markerUnreadable]) {
      try await $0.put("\(raw)/deletion-mark.json", .bytes([1]))
    },
    BucketDamage(name: "another marker is none", alone: [], copy: []) {
      try await $0.put("\(raw)/no-compact-mark.json", .bytes([1]))
    },
    BucketDamage(name: "another time in meta.json", alone: [], copy: [.metaMismatch]) {
      let text = String(decoding: try await $0.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
      try await $0.put("\(raw)/meta.json", .bytes(Array(text.replacing("1700006400069", with: "1700006400068").utf8)))
    },
    BucketDamage(name: "another hash in meta.json", alone: [.hashMismatch], copy: [.hashMismatch]) {
      let text = String(decoding: try await $0.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
      try await $0.put("\(raw)/meta.json", .bytes(Array(text.replacing("f1d8b46f", with: "01d8b46f").utf8)))
    },
    BucketDamage(
      name: "a file outside of the block", alone: [.metaMismatch], copy: [.metaMismatch]
    ) {
      let text = String(decoding: try await $0.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
      try await $0.put("\(raw)/meta.json", .bytes(Array(text.replacing("\"chunks/000001\"", with: "\"../x\"").utf8)))
    },
  ])
  func bucket(damage: BucketDamage) async throws {
    let (data, bucket) = try await Self.shipped()
    try await damage.apply(bucket)
    let alone = try await Self.findings(.bucket(bucket))
    #expect(alone.map(\.id) == damage.alone, "\(alone)")
    let copy = try await Self.findings(.copy(folder: data.path, bucket: bucket))
    #expect(copy.map(\.id) == damage.copy, "\(copy)")
  }

  @Test("a segment that only the bucket's block has is found, whether meta.json lists it or not")
  func moreThanTheFolder() async throws {
    let (data, bucket) = try await Self.shipped()
    let text = String(decoding: try await bucket.read("\(Self.raw)/meta.json", limit: 1 << 20), as: UTF8.self)
    let more = #"{"rel_path": "chunks/000002", "size_bytes": 1}, {"rel_path": "meta.json""#
    let changed = text.replacing(#/{\s*"rel_path": "meta.json"/#, with: more)
    #expect(changed != text)
    try await bucket.put("\(Self.raw)/meta.json", .bytes(Array(changed.utf8)))
    try await bucket.put("\(Self.raw)/chunks/000002", .bytes([1]))
    let findings = try await Self.findings(.copy(folder: data.path, bucket: bucket))
    // The older list of segments beside that of all files does not have it.
    #expect(findings.map(\.id) == [.metaMismatch, .strayObject], "\(findings)")
    #expect(findings.last?.file == "\(Self.raw)/chunks/000002")
  }

  @Test("a million damaged chunks are counted, and a few are kept")
  func manyDamagedChunks() async throws {
    // Chunks of one byte in an encoding nobody knows, every CRC-32C wrong.
    let data = try DataFolder(Self.rawOnly)
    let header = Array(try data.read("\(Self.raw)/chunks/000001").prefix(8))
    let chunks = [[UInt8]](repeating: [1, 9, 0, 0, 0, 0, 0], count: 30_000).flatMap { $0 }
    try data.write(header + chunks, to: "\(Self.raw)/chunks/000001")
    let findings = try await Self.findings(.folder(data.path)).filter { $0.id == .chunkChecksum }
    #expect(findings.count == 21)
    #expect(findings.reduce(0) { $0 + $1.occurrences } == 30_000)
    #expect(findings.last?.message == "and 29980 more like these")
  }

  @Test("a large meta.json is compared in no time")
  func largeMeta() async throws {
    let data = try DataFolder(Self.rawOnly)
    let text = String(decoding: try data.read("\(Self.raw)/meta.json"), as: UTF8.self)
    let keys = (0..<20_000).map { "\"k\($0)\": {\"a\": \($0)}, " }.joined()
    try data.write(Array(text.replacing("\"version\": 1", with: keys + "\"version\": 1").utf8), to: "\(Self.raw)/meta.json")
    let bucket = try TestBucket()
    let began = ContinuousClock.now
    _ = try await BackfillTests.run(data, bucket)
    #expect(try await Self.findings(.copy(folder: data.path, bucket: bucket)).isEmpty)
    #expect(began.duration(to: .now) < .seconds(60), "quadratic time would be minutes")
  }

  @Test("the first byte that differs is named")
  func firstDifference() async throws {
    let (data, bucket) = try await Self.shipped()
    try await bucket.flip("\(Self.raw)/chunks/000001", at: 77_777)
    let finding = try #require(try await Self.findings(.copy(folder: data.path, bucket: bucket)).first)
    #expect(finding.id == .contentMismatch && finding.offset == 77_777 && finding.file == "\(Self.raw)/chunks/000001")
  }

  @Test("a block that was never uploaded is missing, one that was compacted cannot be compared")
  func missingBlock() async throws {
    let (data, bucket) = (try DataFolder(Self.rawOnly), try TestBucket())
    #expect(try await Self.findings(.copy(folder: data.path, bucket: bucket)).map(\.id) == [.missingBlock])
    let text = #"""
      {"version": 1, "ulid": "01M81B0KSSX5FCZ5868AE5R719", "minTime": 0, "maxTime": 1800000000000,
       "compaction": {"level": 2, "sources": ["\#(Self.raw)"]}}
      """#
    try await bucket.put("01M81B0KSSX5FCZ5868AE5R719/meta.json", .bytes(Array(text.utf8)))
    #expect(try await Self.findings(.copy(folder: data.path, bucket: bucket)).map(\.id) == [.compactedIntoDamaged])
  }

  @Test("both sides damaged are both found")
  func bothSides() async throws {
    let (data, bucket) = try await Self.shipped()
    try data.flip("\(Self.raw)/chunks/000001", at: 5000)
    try await bucket.flip("\(Self.raw)/index", at: 9000)
    let findings = try await Self.findings(.copy(folder: data.path, bucket: bucket))
    #expect(Set(findings.map(\.id)) == [.chunkChecksum, .contentMismatch])
    #expect(findings.filter { $0.id == .contentMismatch }.count == 2)
  }
}
