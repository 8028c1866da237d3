import Fixtures
import Logging
import ObjectStore
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
