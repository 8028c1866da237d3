import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Verification

@Suite("level presence")
struct PresenceTests {
  private static let raw = Shipment.raw

  struct Edit: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: [Finding.ID]
    /// Text of meta.json as Shipment writes it, and what comes in its place.
    let old: String
    let new: String
    var testDescription: String { name }
  }

  private static func mismatch(_ name: String, _ old: String, _ new: String) -> Edit {
    Edit(name: name, expected: [.metaMismatch], old: old, new: new)
  }

  private static func implausible(_ name: String, _ old: String, _ new: String) -> Edit {
    Edit(name: name, expected: [.metaImplausible], old: old, new: new)
  }

  @Test("a meta.json that contradicts itself is found in a bucket", arguments: [
    mismatch("no time", "\"maxTime\": 1700013570148", "\"maxTime\": 1700006400069"),
    mismatch("a negative count", "\"numSeries\": 120", "\"numSeries\": -1"),
    mismatch("types that do not add up", "\"numFloatSamples\": 16045", "\"numFloatSamples\": 16044"),
    mismatch("types that overflow", "\"numFloatSamples\": 16045", "\"numFloatSamples\": 9223372036854775807"),
    mismatch("fewer chunks than series", "\"numChunks\": 195", "\"numChunks\": 119"),
    mismatch("fewer samples than chunks", "\"numChunks\": 195", "\"numChunks\": 18921"),
    mismatch("a resolution that does not exist", "\"resolution\": 0", "\"resolution\": 1000"),
    mismatch(
      "a file listed twice", "{\n        \"rel_path\": \"index\"", "{\"rel_path\": \"meta.json\"}, {\n        \"rel_path\": \"index\""),
    mismatch("segments that do not agree", "\"segment_files\": [\n      \"000001\"", "\"segment_files\": [\n      \"000002\""),
    implausible("level 0", "\"level\": 1", "\"level\": 0"),
    implausible("no sources", "\"sources\": [", "\"sources\": [], \"were\": ["),
    implausible("a source twice", "\"sources\": [", "\"sources\": [\"\(raw)\","),
    implausible(
      "a parent outside of it", "\"level\": 1",
      "\"parents\": [{\"ulid\": \"\(raw)\", \"minTime\": 0, \"maxTime\": 1700013570148}], \"level\": 1"),
    Edit(name: "another version", expected: [.metaUnreadable], old: "\"version\": 1", new: "\"version\": 2"),
    Edit(name: "times in the wrong order", expected: [.metaUnreadable], old: "1700013570148", new: "1"),
    Edit(name: "another block's ULID", expected: [.metaUnreadable], old: "\"ulid\": \"\(raw)\"", new: "\"ulid\": \"\(Shipment.old)\""),
    Edit(
      name: "no labels", expected: [.noExternalLabels], old: "\"cluster\": \"eu1\"", new: ""),
    Edit(name: "another size", expected: [.sizeMismatch], old: "\"size_bytes\": 107314", new: "\"size_bytes\": 107313"),
  ])
  func meta(_ edit: Edit) async throws {
    let shipment = try Shipment()
    let before = shipment.bucket["\(Self.raw)/meta.json"]?.bytes
    shipment.editMeta(edit.old, edit.new)
    let isChanged = shipment.bucket["\(Self.raw)/meta.json"]?.bytes != before
    try #require(isChanged, "the text to replace is not there")
    let verified = try await verify(shipment.alone, .presence)
    #expect(verified.ids == edit.expected, "\(verified.findings)")
    #expect(verified.findings.allSatisfy { $0.block == ULID(Self.raw) && $0.file.hasPrefix(Self.raw) })
  }

  @Test("a list without the index is found, and the index is no stray")
  func noIndexListed() async throws {
    let shipment = try Shipment()
    shipment.editMeta("\"rel_path\": \"index\"", "\"rel_path\": \"meta.json\"")
    let verified = try await verify(shipment.alone, .presence)
    #expect(verified.ids == [.metaMismatch, .metaMismatch], "\(verified.findings)")
  }

  @Test("a downsampled block keeps the raw block's numbers by type, which is no contradiction")
  func downsampled() async throws {
    #expect(try await verify(.folder("\(Fixtures.root)/downsampled"), .presence).ids.isEmpty)
  }

  // MARK: Objects

  @Test("what lies in a bucket beside a block, or does not, is found")
  func objects() async throws {
    func found(_ change: (StoreBucket) -> Void, hashes: Bool = true) async throws -> [Finding.ID] {
      let shipment = try Shipment(hashes: hashes)
      change(shipment.bucket)
      let alone = try await verify(shipment.alone, .presence).ids
      #expect(try await verify(shipment.copy, .presence).ids == alone)
      return alone
    }
    #expect(try await found { $0["\(Self.raw)/index"] = nil } == [.missingObject])
    #expect(try await found { $0["\(Self.raw)/chunks/000002"] = StoreBucket.Object([1]) } == [.strayObject])
    #expect(try await found { $0["\(Self.raw)/notes.txt"] = StoreBucket.Object([1]) } == [.strayObject])
    #expect(try await found { $0["\(Self.raw)/deletion-mark.json"] = StoreBucket.Object([1]) } == [.markerUnreadable])
    #expect(try await found { $0["\(Self.raw)/no-compact-mark.json"] = StoreBucket.Object([1]) } == [])
    let tombstones = try Fixtures.bytes("\(DataFolder.rawBlocks[1])/tombstones")
    #expect(try await found { $0["\(Self.raw)/tombstones"] = StoreBucket.Object(tombstones) } == [])
  }

  @Test("an object cut off is found once at the level that proves content, too")
  func cutOff() async throws {
    let shipment = try Shipment()
    shipment.bucket["\(Self.raw)/index"]?.bytes.removeLast()
    for level in [VerificationLevel.presence, .checksum] {
      let verified = try await verify(shipment.alone, level)
      #expect(verified.ids == [.sizeMismatch] && verified.verdict("index") == .bad)
    }
  }

  @Test("a block without a list of files needs an index, and segments without a gap")
  func unlisted() async throws {
    let shipment = try Shipment()
    let text = String(decoding: shipment.bucket["\(Self.raw)/meta.json"]?.bytes ?? [], as: UTF8.self)
    let bare = text.replacing(#/"files": \[[^\]]*\],/#, with: "").replacing(#/"segment_files": \[[^\]]*\],/#, with: "")
    shipment.bucket["\(Self.raw)/meta.json"] = StoreBucket.Object(Array(bare.utf8))
    let good = try await verify(shipment.alone, .presence)
    #expect(good.ids.isEmpty && good.file("index")?.evidence == [])
    let segment = shipment.bucket["\(Self.raw)/chunks/000001"]
    shipment.bucket["\(Self.raw)/chunks/000003"] = segment
    let gap = try await verify(shipment.alone, .presence)
    #expect(gap.ids == [.missingObject] && gap.findings[0].file == "\(Self.raw)/chunks/000002")
    shipment.bucket["\(Self.raw)/chunks/000003"] = nil
    shipment.bucket["\(Self.raw)/chunks/000001"] = nil
    #expect(try await verify(shipment.alone, .presence).findings.map(\.file) == ["\(Self.raw)/chunks/000001"])
  }

  @Test("an upload that was broken off says how old it is")
  func partial() async throws {
    let shipment = try Shipment()
    shipment.bucket["\(Self.raw)/meta.json"] = nil
    for key in shipment.bucket.keys { shipment.bucket[key]?.modified = WallClock.milliseconds - 180_000_500 }
    let verified = try await verify(shipment.alone, .presence)
    #expect(verified.ids == [.partialUpload] && verified.findings[0].message.contains("its newest object is 2d2h old"))
    shipment.bucket["\(Self.raw)/deletion-mark.json"] = StoreBucket.Object([1])
    let deleted = try await verify(shipment.alone, .presence)
    #expect(deleted.ids == [.partialUpload] && deleted.findings[0].message.contains("Thanos' compactor is deleting it"))
  }

  @Test("markers of which the block is gone are found as that")
  func orphanMarkers() async throws {
    let shipment = try Shipment([])
    shipment.bucket["\(Self.raw)/deletion-mark.json"] = StoreBucket.Object([1])
    let verified = try await verify(shipment.alone, .presence)
    #expect(verified.ids == [.orphanMarker] && verified.findings[0].severity == .warning)
  }

  // MARK: Folders

  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let expected: [Finding.ID]
    let apply: @Sendable (DataFolder) throws -> Void
    var testDescription: String { name }
  }

  @Test("what a local block lacks, or has too much, is found", arguments: [
    Damage(name: "no index", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/index") },
    Damage(name: "no meta.json", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/meta.json") },
    Damage(name: "no segment", expected: [.missingFile]) { try Directory.removeFile("\($0.path)/\(raw)/chunks/000001") },
    Damage(name: "no tombstones", expected: []) { try Directory.removeFile("\($0.path)/\(raw)/tombstones") },
    Damage(name: "a gap in the segments", expected: [.missingFile]) { try $0.write([1], to: "\(raw)/chunks/000003") },
    Damage(name: "a stray beside the files", expected: [.strayObject]) { try $0.write([1], to: "\(raw)/index.bak") },
    Damage(name: "a stray segment", expected: [.strayObject]) { try $0.write([1], to: "\(raw)/chunks/000001.bak") },
    Damage(name: "a folder for a segment", expected: [.unreadable]) { try Directory.create("\($0.path)/\(raw)/chunks/000002") },
    Damage(name: "an empty meta.json", expected: [.metaUnreadable]) { try $0.write([], to: "\(raw)/meta.json") },
    Damage(name: "damage that only reading shows", expected: []) { try $0.flip("\(raw)/index", at: 9000) },
  ])
  func folder(_ damage: Damage) async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    try damage.apply(data)
    let verified = try await verify(.folder(data.path), .presence)
    #expect(verified.ids == damage.expected, "\(verified.findings)")
    #expect(verified.findings.allSatisfy { $0.file.hasPrefix("\(data.path)/\(Self.raw)/") })
  }

  @Test("a local block of Thanos' is held against the files that its meta.json lists")
  func listedFiles() async throws {
    let shipment = try Shipment()
    let meta = shipment.bucket["\(Self.raw)/meta.json"]?.bytes ?? []
    try shipment.data.write(meta, to: "\(Self.raw)/meta.json")
    #expect(try await verify(shipment.folder, .presence).ids.isEmpty)
    try shipment.data.write([1, 2], to: "\(Self.raw)/index")
    try shipment.data.write([1], to: "\(Self.raw)/chunks/000002")
    #expect(try await verify(shipment.folder, .presence).ids == [.sizeMismatch, .strayObject])
    try Directory.removeFile("\(shipment.data.path)/\(Self.raw)/chunks/000001")
    try Directory.removeFile("\(shipment.data.path)/\(Self.raw)/chunks/000002")
    try Directory.removeFile("\(shipment.data.path)/\(Self.raw)/index")
    let gone = try await verify(shipment.folder, .presence)
    #expect(Set(gone.ids) == [.missingFile] && gone.ids.count == 2, "\(gone.findings)")
    let outside = String(decoding: meta, as: UTF8.self).replacing("\"rel_path\": \"index\"", with: "\"rel_path\": \"../index\"")
    try shipment.data.write(Array(outside.utf8), to: "\(Self.raw)/meta.json")
    #expect(try await verify(shipment.folder, .presence).ids.contains(.metaMismatch))
  }

  @Test("a block that only one side has", arguments: [VerificationLevel.presence, .checksum, .full])
  func oneSide(_ level: VerificationLevel) async throws {
    let shipment = try Shipment()
    for key in shipment.bucket.keys { shipment.bucket[key] = nil }
    #expect(try await verify(shipment.copy, level).ids == [.missingBlock])
    let text = #"""
      {"version": 1, "ulid": "\#(Shipment.old)", "minTime": 0, "maxTime": 1800000000000,
       "compaction": {"level": 2, "sources": ["\#(Shipment.raw)"]}}
      """#
    shipment.bucket["\(Shipment.old)/meta.json"] = StoreBucket.Object(Array(text.utf8))
    // A meta.json alone is no whole block.
    #expect(try await verify(shipment.copy, level).ids == [.compactedIntoDamaged])
  }

  @Test("a block that was compacted away is recognised though its folder is still listed")
  func listedFolder() async throws {
    let shipment = try Shipment()
    for key in shipment.bucket.keys { shipment.bucket[key] = nil }
    shipment.bucket.listGhost(of: Shipment.raw)
    #expect(try await verify(shipment.copy).ids == [.missingBlock])
    let text = #"""
      {"version": 1, "ulid": "\#(Shipment.old)", "minTime": 0, "maxTime": 1800000000000,
       "compaction": {"level": 2, "sources": ["\#(Shipment.raw)"]}}
      """#
    shipment.bucket["\(Shipment.old)/meta.json"] = StoreBucket.Object(Array(text.utf8))
    #expect(try await verify(shipment.copy).ids == [.compactedIntoDamaged])
    #expect(try await verify(shipment.alone).blocks.map(\.ulid.description) == [Shipment.old])
  }
}
