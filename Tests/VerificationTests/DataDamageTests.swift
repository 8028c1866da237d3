import Fixtures
import Logging
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing
import Thanos

@testable import Verification

@Suite("the data of a block")
struct DataDamageTests {
  private static let raw = [DataFolder.rawBlocks[1]]

  private static func local(_ folder: String, _ ulid: String, _ level: VerificationLevel) async throws -> BlockReport {
    let folder = BlockFolder(ulid: try #require(ULID(ulid)), path: "\(folder)/\(ulid)")
    return try await LocalBlockCheck(folder: folder, level: level, computesHashes: false).run()
  }

  private static func inBucket(
    _ folder: String, _ ulid: String, _ level: VerificationLevel
  ) async throws -> BlockReport {
    let bucket = FileSystemBucket(directory: folder)
    let block = try await BucketBlocks(bucket).describe(try #require(ULID(ulid)))
    var report = BlockReport(block.ulid)
    let listing = try await ObjectListing(of: block.objects, in: bucket)
    let expected = listing.hold(against: block.description?.thanos, &report)
    let held = BucketPresence.Held(
      listing: listing, expected: expected, lacksSegments: report.findings.contains { $0.id == .missingObject },
      mark: .none)
    guard block.report(into: &report, metaSize: nil) else { return report }
    try await BucketBlockCheck(bucket: bucket, block: block, level: level).run(on: held, &report)
    return report
  }

  /// Each ID once, in the order of the first findings, with what a bucket calls a missing file.
  private static func ids(_ report: BlockReport) -> [Finding.ID] {
    var ids: [Finding.ID] = []
    for finding in report.findings {
      let id = finding.id == .missingObject ? .missingFile : finding.id
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  @Test("blocks of every kind have no fault", arguments: Fixtures.blocks, [VerificationLevel.index, .full])
  func good(block: String, level: VerificationLevel) async throws {
    let folder = String("\(Fixtures.root)/\(block)".dropLast(27))
    let ulid = String(block.suffix(26))
    for report in [try await Self.local(folder, ulid, level), try await Self.inBucket(folder, ulid, level)] {
      #expect(report.findings == [] && report.unfinished == [])
      #expect((report.chunksChecked > 0) == (level == .full) && report.bytesRead > 0)
    }
  }

  @Test("damage is found as what it is, on disk and in a bucket", arguments: DataDamage.all)
  func damage(damage: DataDamage) async throws {
    let data = try DataFolder(Self.raw)
    try damage.apply(data)
    for (level, expected) in [(VerificationLevel.index, damage.index), (.full, damage.full)] {
      let local = try await Self.local(data.path, DataDamage.ulid, level)
      #expect(Set(Self.ids(local)) == Set(expected), "\(level): \(local.findings)")
      #expect(local.unfinished.isEmpty)
      if damage.namesSeries, let first = local.findings.first(where: { $0.id != .missingFile }) {
        #expect(local.findings.contains { $0.series?.contains("__name__=\"") == true }, "\(first)")
      }
      let remote = try await Self.inBucket(data.path, DataDamage.ulid, level)
      #expect(Self.ids(remote) == Self.ids(local), "\(remote.findings)")
    }
  }

  @Test("a downsampled block that calls itself raw is found, on disk and in a bucket")
  func resolution() async throws {
    let block = "downsampled/01M81B0KSSX5FCZ5868AE5R719"
    let ulid = String(block.suffix(26))
    let data = try DataFolder([block])
    let text = String(decoding: try data.read("\(ulid)/meta.json"), as: UTF8.self)
    let changed = text.replacing("\"resolution\": 300000", with: "\"resolution\": 0")
    try #require(changed != text)
    try data.write(Array(changed.utf8), to: "\(ulid)/meta.json")
    for report in [try await Self.local(data.path, ulid, .full), try await Self.inBucket(data.path, ulid, .full)] {
      #expect(Set(Self.ids(report)) == [.resolutionMismatch], "\(report.findings)")
      #expect(report.findings.allSatisfy { $0.series?.contains("__name__=\"") == true && $0.offset != nil })
    }
    for report in [try await Self.local(data.path, ulid, .index), try await Self.inBucket(data.path, ulid, .index)] {
      #expect(report.findings == [])
    }
  }

  @Test("every damaged chunk is named with its place and series, not the first ones only")
  func allNamed() async throws {
    let data = try DataFolder(Self.raw)
    let path = "\(DataDamage.ulid)/chunks/000001"
    var bytes = try data.read(path)
    var places: [Int] = []
    var scanner = SegmentScanner(file: path)
    try scanner.scan(bytes.rawBytes) { places.append(Int($0.dataOffset)) }
    for place in places { bytes[place + 3] ^= 1 }
    try data.write(bytes, to: path)
    let ulid = DataDamage.ulid
    for report in [try await Self.local(data.path, ulid, .full), try await Self.inBucket(data.path, ulid, .full)] {
      #expect(report.findings.count == 195 && Set(report.findings.map(\.id)) == [.chunkChecksum])
      #expect(Set(report.findings.compactMap(\.offset)).count == 195)
      #expect(Set(report.findings.compactMap(\.series)).count == 120)
      #expect(report.document["findings"]?.array?.count == 195)
    }
  }

  @Test("a chunk of many MiB is decoded by itself, and held against the index like the others")
  func longChunk() async throws {
    let data = try DataFolder(Self.raw)
    let ulid = DataDamage.ulid
    var added: UInt64 = 0
    try SegmentFrames("\(data.path)/\(ulid)/chunks/000001").rewrite(data) { frames in
      let count = frames[0].data.count
      // Whoever decodes floats stops after the last sample.
      frames[0].data += [UInt8](repeating: 0, count: 3 << 20)
      added = UInt64(frames[0].data.count - count)
    }
    // The length itself takes three bytes more.
    var index = try RewrittenIndex("\(data.path)/\(ulid)/index")
    for series in index.series.indices {
      for chunk in index.series[series].chunks.indices where index.series[series].chunks[chunk].reference > 8 {
        index.series[series].chunks[chunk].reference += added + 3
      }
    }
    try data.write(index.bytes, to: "\(ulid)/index")
    for report in [try await Self.local(data.path, ulid, .full), try await Self.inBucket(data.path, ulid, .full)] {
      #expect(report.findings == [] && report.unfinished == [] && report.chunksChecked == 195)
    }
    let place = index.series.firstIndex { $0.chunks.contains { $0.reference == 8 } } ?? 0
    index.series[place].chunks[0].minTime += 1
    try data.write(index.bytes, to: "\(ulid)/index")
    let report = try await Self.local(data.path, ulid, .full)
    #expect(Self.ids(report) == [.chunkTimes] && report.findings.first?.offset == 8, "\(report.findings)")
  }

  @Test("the series of a damaged chunk is found where the other chunks cannot be compared")
  func namedInBrokenSegment() async throws {
    let data = try DataFolder(Self.raw)
    try data.flip("\(DataDamage.ulid)/chunks/000001", at: 5000)
    let path = "\(DataDamage.ulid)/chunks/000001"
    try data.write(Array(try data.read(path).dropLast(3)), to: path)
    let report = try await Self.local(data.path, DataDamage.ulid, .full)
    #expect(Self.ids(report) == [.chunkChecksum, .segmentMalformed])
    #expect(report.findings.first?.series?.contains("__name__=\"") == true)
  }

  @Test("every ID of a fault has its damage")
  func allKinds() {
    let found = Set(DataDamage.all.flatMap { $0.index + $0.full })
    // Of an index with 8 million symbols, and of a disk or network that fails.
    let others: Set<Finding.ID> = [.postingsUnproved, .unreadable]
    for kind in BlockFault.Kind.allCases where !others.contains(Finding.ID(kind)) {
      #expect(found.contains(Finding.ID(kind)), "\(kind)")
    }
  }
}
