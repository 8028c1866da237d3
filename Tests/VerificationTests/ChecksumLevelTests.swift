import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Verification

@Suite("level checksum of a bucket alone and of a folder alone")
struct ChecksumLevelTests {
  private static let segment = "\(Shipment.raw)/chunks/000001"

  @Test("what meta.json has hashes of is read and held against them")
  func listedHashes() async throws {
    let shipment = try Shipment()
    let good = try await verify(shipment.alone)
    #expect(good.ids.isEmpty && good.file("index")?.evidence == [.size, .sha256] && good.file("index")?.sha256 != nil)
    #expect(good.blocks[0].bytesRead > 100_000 && shipment.bucket.count(.get) == 2)
    shipment.bucket.flip(Self.segment, at: 5000)
    let bad = try await verify(shipment.alone)
    #expect(bad.ids == [.hashMismatch] && bad.verdict("chunks/000001") == .bad && bad.verdict("index") == .good)
  }

  @Test("a SHA-256 that the store keeps of the whole object saves the download")
  func storedHash() async throws {
    let shipment = try Shipment()
    // Of `printf abc | sha256sum`, in Base64.
    let other = ObjectChecksum(algorithm: "SHA256", value: "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    let file = try OpenFile("\(shipment.data.path)/\(Self.segment)")
    shipment.bucket[Self.segment]?.checksum = try await ObjectChecksum.of(file, by: "SHA256")
    let good = try await verify(shipment.alone) { $0.downloads = false }
    #expect(good.file("chunks/000001")?.evidence == [.size, .storedChecksum])
    #expect(good.ids == [.unproved] && good.verdict("index") == .unproved && good.verdict("chunks/000001") == .good)
    #expect(good.findings[0].message.hasPrefix("index is known by the size only"))
    shipment.bucket[Self.segment]?.checksum = other
    let bad = try await verify(shipment.alone) { $0.downloads = false }
    #expect(bad.ids.contains(.hashMismatch) && shipment.bucket.count(.get) == 0)
  }

  @Test("of what nobody knows a hash the size is all that is said", arguments: [true, false])
  func noHashes(downloads: Bool) async throws {
    let shipment = try Shipment(hashes: false)
    let verified = try await verify(shipment.alone) { $0.downloads = downloads }
    #expect(verified.ids == [.unproved] && verified.findings[0].occurrences == 2)
    #expect(verified.file("index")?.evidence == [.size] && verified.blocks[0].state == .unproved)
    #expect(verified.findings[0].message.contains("meta.json has no hash of it"))
    #expect(shipment.bucket.count(.get) == 0)
    // The next level reads, and then it is known.
    let full = try await verify(shipment.alone, .full)
    #expect(full.ids.isEmpty && full.blocks[0].state == .good)
  }

  @Test("what a block lists beside its data is held against its hash by every level", arguments: [
    VerificationLevel.checksum, .index, .full,
  ])
  func otherObjects(_ level: VerificationLevel) async throws {
    let shipment = try Shipment()
    shipment.bucket["\(Shipment.raw)/extra"] = StoreBucket.Object(Array("abc".utf8))
    func list(_ hash: String) {
      let entry = #"{"rel_path":"extra","size_bytes":3,"hash":{"hashFunc":"SHA256","value":"\#(hash)"}},"#
      shipment.editMeta(#""files": ["#, #""files": [\#(entry)"#)
    }
    // Of `printf abc | sha256sum`, in capitals as some write it.
    list("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")
    let good = try await verify(shipment.alone, level)
    #expect(good.ids.isEmpty && good.file("extra")?.evidence == [.size, .sha256])
    shipment.bucket["\(Shipment.raw)/extra"] = StoreBucket.Object(Array("abd".utf8))
    #expect(try await verify(shipment.alone, level).ids == [.hashMismatch])
  }

  @Test("a block of Prometheus has no hashes: its CRC-32Cs are what is proved")
  func folderWithoutHashes() async throws {
    let data = try DataFolder()
    let verified = try await verify(.folder(data.path))
    #expect(verified.ids.isEmpty && verified.blocks.count == 3 && verified.blocks.map(\.chunksChecked) == [102, 195, 120])
    for path in ["index", "chunks/000001", "tombstones"] { #expect(verified.file(path)?.evidence == [.crc32c]) }
    #expect(verified.blocks.allSatisfy { $0.state == .good && $0.bytesRead > 0 })
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let file: String
    let offset: Int
    let expected: Finding.ID
    var testDescription: String { "\(file) at \(offset)" }
  }

  @Test("damage to a local block without hashes is found", arguments: [
    Damage(file: "chunks/000001", offset: 5000, expected: .chunkChecksum),
    Damage(file: "chunks/000001", offset: 0, expected: .segmentMalformed),
    Damage(file: "index", offset: 9000, expected: .indexChecksum),
    Damage(file: "index", offset: 0, expected: .indexMalformed),
    Damage(file: "tombstones", offset: 0, expected: .tombstonesMalformed),
  ])
  func folderDamage(_ damage: Damage) async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    try data.flip("\(Shipment.raw)/\(damage.file)", at: damage.offset)
    let verified = try await verify(.folder(data.path))
    #expect(verified.ids == [damage.expected] && verified.verdict(damage.file) == .bad)
    #expect(try await verify(.folder(data.path), .presence).ids.isEmpty)
  }

  @Test("a local block of Thanos' with hashes is held against them")
  func folderWithHashes() async throws {
    let shipment = try Shipment()
    try shipment.data.write(shipment.bucket["\(Shipment.raw)/meta.json"]?.bytes ?? [], to: "\(Shipment.raw)/meta.json")
    let good = try await verify(shipment.folder)
    #expect(good.ids.isEmpty && good.file("index")?.evidence == [.size, .sha256])
    #expect(good.file("tombstones")?.evidence == [.crc32c])
    try shipment.data.flip("\(Shipment.raw)/index", at: 9000)
    #expect(try await verify(shipment.folder).ids == [.hashMismatch])
    #expect(try await verify(shipment.folder, .full).ids == [.hashMismatch, .indexChecksum])
  }

  @Test("the fixtures are good at every level", arguments: VerificationLevel.allCases)
  func good(_ level: VerificationLevel) async throws {
    for folder in ["downsampled", "index-v1", "raw-float-and-histogram", "xor2-float"] {
      let path = "\(Fixtures.root)/\(folder)"
      #expect(try await verify(.folder(path), level).ids.isEmpty, "\(folder)")
    }
    let bucket = FileSystemBucket(directory: "\(Fixtures.root)/downsampled")
    let verified = try await verify(.bucket(bucket), level) { $0.checksBucket = nil }
    // Without hashes in meta.json it takes the level that reads the segments.
    let expected: Set<Finding.ID> = level == .checksum || level == .index ? [.unproved] : []
    #expect(Set(verified.ids) == expected && verified.blocks.count == 3)
    #expect(verified.whole?.findings.isEmpty == true)
    let shipment = try Shipment(DataFolder.rawBlocks)
    #expect(try await verify(shipment.copy, level).ids.isEmpty && shipment.bucket.count(.put) == 0)
  }

  @Test("the level that reads the index proves the segments as the one below, and says what it could not")
  func indexOfBucket() async throws {
    let shipment = try Shipment()
    let listed = try await verify(shipment.alone, .index)
    #expect(listed.ids.isEmpty && listed.file("chunks/000001")?.evidence == [.size, .sha256])
    #expect(listed.file("index")?.evidence == [.size, .sha256, .crc32c])
    shipment.bucket.flip(Self.segment, at: 5000)
    #expect(try await verify(shipment.alone, .index).ids == [.hashMismatch])
    let unlisted = try Shipment(hashes: false)
    let unproved = try await verify(unlisted.alone, .index)
    #expect(unproved.ids == [.unproved] && unproved.verdict("chunks/000001") == .unproved)
    #expect(unproved.verdict("index") == .good && unproved.blocks[0].state == .unproved)
  }

  @Test("the segment that is lost is the one that is named, at every level", arguments: VerificationLevel.allCases)
  func lostSegment(_ level: VerificationLevel) async throws {
    let data = try DataFolder([])
    let ulid = Shipment.generated
    try GeneratedBlock(ulid, from: 1_700_006_400_000, hours: 2, segments: [200_000, 200_000, 200_000]).write(in: data.path)
    #expect(try await verify(.folder(data.path), level).ids.isEmpty)
    try Directory.removeFile("\(data.path)/\(ulid)/chunks/000001")
    let verified = try await verify(.folder(data.path), level)
    let missing = verified.findings.filter { $0.id == .missingFile }.map(\.file)
    #expect(missing == ["\(data.path)/\(ulid)/chunks/000001"], "\(verified.findings)")
  }
}
