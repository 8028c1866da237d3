import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Verification

@Suite("a block without the right to list")
struct ByNameTests {
  private static let raw = Shipment.raw

  private static let reading: [VerificationLevel] = [.checksum, .index, .full]

  private func named(
    _ shipment: Shipment, _ level: VerificationLevel, missing code: BucketError.Code? = nil
  ) async throws -> Verified {
    for prefix in ["", "\(Self.raw)/"] { shipment.bucket.fail(.list, prefix, .accessDenied) }
    if let code {
      for path in ["chunks/000002", "tombstones", "deletion-mark.json"] {
        shipment.bucket.fail(.head, "\(Self.raw)/\(path)", code)
      }
    }
    let ulid = try #require(ULID(Self.raw))
    return try await verify(shipment.alone, level) { $0.selection = BlockSelection(ids: [ulid]) }
  }

  /// Takes the lists of files out of meta.json, as old blocks are.
  private func bare() throws -> Shipment {
    let shipment = try Shipment()
    let text = String(decoding: shipment.bucket["\(Self.raw)/meta.json"]?.bytes ?? [], as: UTF8.self)
    let bare = text.replacing(#/"files": \[[^\]]*\],/#, with: "").replacing(#/"segment_files": \[[^\]]*\],/#, with: "")
    shipment.bucket["\(Self.raw)/meta.json"] = StoreBucket.Object(Array(bare.utf8))
    return shipment
  }

  @Test(
    "everything that has a name is read, and what only a listing shows is said to be unknown", arguments: reading,
    [BucketError.Code.accessDenied, nil])
  func read(_ level: VerificationLevel, _ missing: BucketError.Code?) async throws {
    for shipment in [try Shipment(), try bare()] {
      let verified = try await named(shipment, level, missing: missing)
      #expect(verified.ids.filter { $0 != .unproved }.isEmpty, "\(verified.findings)")
      #expect(verified.unfinished.map(\.file) == ["\(Self.raw)/"])
      #expect(verified.unfinished[0].reason.hasPrefix("whether anything else lies there is not known"))
      let evidence = verified.file("chunks/000001")?.evidence ?? []
      #expect(level < .full || evidence.contains(.crc32c))
      #expect(verified.file("index")?.evidence.contains(.crc32c) == (level >= .index))
    }
  }

  @Test("damage is found all the same", arguments: [true, false])
  func damage(isListed: Bool) async throws {
    let shipment = isListed ? try Shipment() : try bare()
    shipment.bucket.flip("\(Self.raw)/chunks/000001", at: 5000)
    let found = try await named(shipment, .full, missing: .accessDenied).ids
    #expect(found == (isListed ? [.chunkChecksum, .hashMismatch] : [.chunkChecksum]))
  }

  @Test("a segment that the index needs and that is not to be had is unfinished, or missing where the store says so")
  func segment() async throws {
    // Named as the second, so that the index names the first in vain.
    for code in [BucketError.Code.accessDenied, nil] {
      let shipment = try bare()
      shipment.bucket["\(Self.raw)/chunks/000001"] = nil
      if let code { shipment.bucket.fail(.head, "\(Self.raw)/chunks/000001", code) }
      let verified = try await named(shipment, .full)
      #expect(verified.ids == (code == nil ? [.missingObject] : []), "\(verified.findings)")
      #expect(verified.unfinished.map(\.file).contains("\(Self.raw)/chunks/000001") == (code != nil))
    }
  }

  @Test("a deletion mark and tombstones are found by their names")
  func besides() async throws {
    let shipment = try Shipment()
    shipment.bucket["\(Self.raw)/tombstones"] = StoreBucket.Object([1])
    shipment.bucket["\(Self.raw)/deletion-mark.json"] = StoreBucket.Object([1])
    #expect(try await named(shipment, .full).ids == [.markerUnreadable, .tombstonesMalformed])
  }

  @Test("an object that was listed and is gone is missing, at the levels that stream it too", arguments: reading)
  func gone(_ level: VerificationLevel) async throws {
    let shipment = try Shipment()
    let key = "\(Self.raw)/index"
    shipment.bucket.before(.get, key) { shipment.bucket[key] = nil }
    let verified = try await verify(shipment.alone, level)
    #expect(verified.ids == [.missingObject] && verified.unfinished.isEmpty, "\(verified.findings) \(verified.unfinished)")
    #expect(verified.verdict("index") == .missing)
  }
}
