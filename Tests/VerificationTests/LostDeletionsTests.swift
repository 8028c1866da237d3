import Fixtures
import Platform
import TSDB
import Testing

@testable import Verification

@Suite("deletions whose tombstones are not there")
struct LostDeletionsTests {
  private static let raw = Shipment.raw

  /// Deletes from two series of the local block, one of them twice, as Prometheus does: the file and the number.
  private static func delete(in data: DataFolder) throws {
    var references: [UInt64] = []
    try Index(FileBytes(mapping: "\(data.path)/\(raw)/index")).forEachSeries { references.append($0.reference) }
    let entries: [(UInt64, Int64, Int64)] = [
      (references[3], .min, 1_700_006_500_000), (references[3], 1_700_006_600_000, 1_700_006_700_000),
      (references[9], 1_700_006_800_000, .max),
    ]
    try data.write(TombstonesInput.file(entries), to: "\(raw)/tombstones")
    let text = String(decoding: try data.read("\(raw)/meta.json"), as: UTF8.self)
      .replacing("\"numChunks\": 195", with: "\"numChunks\": 195, \"numTombstones\": 3")
    try data.write(Array(text.utf8), to: "\(raw)/meta.json")
  }

  @Test("a block whose meta.json counts deletions is found without tombstones, on disk", arguments: [
    VerificationLevel.presence, .checksum, .full,
  ])
  func local(level: VerificationLevel) async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    try Self.delete(in: data)
    #expect(try await verify(.folder(data.path), level).findings == [])
    try Directory.removeFile("\(data.path)/\(Self.raw)/tombstones")
    let verified = try await verify(.folder(data.path), level)
    #expect(verified.ids == [.lostDeletions] && verified.findings[0].severity == .warning, "\(verified.findings)")
    #expect(verified.findings[0].file.hasSuffix("\(Self.raw)/tombstones"))
  }

  @Test("and in a bucket", arguments: [VerificationLevel.presence, .full])
  func bucket(level: VerificationLevel) async throws {
    let shipment = try Shipment()
    shipment.editMeta("\"numChunks\": 195", "\"numChunks\": 195, \"numTombstones\": 3")
    let verified = try await verify(shipment.alone, level)
    #expect(verified.ids == [.lostDeletions] && verified.findings[0].file == "\(Self.raw)/tombstones")
    shipment.bucket["\(Self.raw)/tombstones"] = StoreBucket.Object(TombstonesInput.file([]))
    #expect(try await verify(shipment.alone, level).ids == (level == .full ? [.countMismatch] : []))
  }

  @Test("beside the original each series is named with the time that comes back, whenever it was deleted", arguments: [
    true, false,
  ])
  func copy(isBefore: Bool) async throws {
    let shipment = try Shipment()
    try Self.delete(in: shipment.data)
    if isBefore { shipment.editMeta("\"numChunks\": 195", "\"numChunks\": 195, \"numTombstones\": 3") }
    let verified = try await verify(shipment.copy)
    #expect(verified.ids == [.lostDeletions, .lostDeletions], "\(verified.findings)")
    #expect(verified.findings.map(\.occurrences) == [2, 1])
    #expect(Set(verified.findings.compactMap(\.series)).count == 2)
    #expect(verified.findings[0].message.contains("from 2023-11-15T00:00:00.069Z to 2023-11-15T00:05:00Z"))
    #expect(verified.findings[1].message.contains("from 2023-11-15T00:06:40Z to 2023-11-15T01:59:30.147Z"))
    // Another count is another matter.
    shipment.editMeta("\"numChunks\": 195", "\"numChunks\": 196")
    #expect(try await verify(shipment.copy).ids.contains(.metaMismatch))
  }

  @Test("tombstones that say nothing, or that the bucket has too, are no loss")
  func none() async throws {
    let shipment = try Shipment()
    #expect(try await verify(shipment.copy).findings == [])
    try Self.delete(in: shipment.data)
    shipment.bucket["\(Self.raw)/tombstones"] = StoreBucket.Object(try shipment.data.read("\(Self.raw)/tombstones"))
    #expect(try await verify(shipment.copy).findings == [])
  }
}
