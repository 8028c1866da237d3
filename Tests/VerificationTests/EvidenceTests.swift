import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Verification

@Suite("evidence of a copy, and its cost")
struct EvidenceTests {
  private static let segment = "\(Shipment.raw)/chunks/000001"

  @Test("an object in one piece is proved by its ETag, and nothing is asked for")
  func whole() async throws {
    let shipment = try Shipment()
    let verified = try await verify(shipment.copy)
    #expect(verified.ids.isEmpty)
    for path in ["index", "chunks/000001"] {
      #expect(verified.file(path)?.evidence == [.size, .etag])
    }
    #expect(verified.blocks[0].bytesRead == 107_314 + 14_630, "the local files, for their ETags")
    #expect(shipment.bucket.count(.get) == 0 && shipment.bucket.count(.head) == 0)
  }

  @Test("without hashes in meta.json the ETag proves it all the same")
  func withoutHashes() async throws {
    let shipment = try Shipment(hashes: false)
    let verified = try await verify(shipment.copy)
    #expect(verified.ids.isEmpty && verified.file("index")?.evidence == [.size, .etag])
    #expect(shipment.bucket.count(.get) == 0)
  }

  struct Tool: Sendable, CustomTestStringConvertible {
    let name: String
    /// Bytes.
    let partSize: Int
    let size: Int
    var testDescription: String { name }
  }

  private static let tools = [
    Tool(name: "minio-go as Thanos calls it", partSize: 16 << 20, size: 33 << 20),
    Tool(name: "the AWS CLI", partSize: 8 << 20, size: 20 << 20),
    Tool(name: "rclone and s3manager", partSize: 5 << 20, size: 11 << 20),
    Tool(name: "s3cmd", partSize: 15 << 20, size: 31 << 20),
    Tool(name: "round to a MiB", partSize: 7 << 20, size: 13 << 20),
    Tool(name: "a single part", partSize: 64 << 20, size: 2 << 20),
  ]

  @Test("the part size is found out from size and number of parts", arguments: tools)
  func layouts(_ tool: Tool) async throws {
    let shipment = try Shipment(generated: tool.size, partSize: nil)
    let bytes = try #require(shipment.bucket[Shipment.generatedSegment]?.bytes)
    shipment.bucket[Shipment.generatedSegment] = StoreBucket.Object(bytes, partSize: tool.partSize)
    let verified = try await verify(shipment.copy)
    #expect(verified.ids.isEmpty && verified.file("chunks/000001")?.evidence.contains(.etag) == true)
    #expect(shipment.bucket.count(.get) == 0)
  }

  /// No tool cuts like this.
  private static let odd = 5_300_001

  @Test("a store that tells how an object was cut is asked before it is downloaded")
  func told() async throws {
    let shipment = try Shipment(generated: 12 << 20, partSize: Self.odd)
    shipment.bucket.tellPartSizes()
    let verified = try await verify(shipment.copy)
    #expect(verified.ids.isEmpty && verified.file("chunks/000001")?.evidence.contains(.etag) == true)
    // For the checksum of the whole, which this store does not keep, and for the parts.
    #expect(shipment.bucket.requested(.head) == [Shipment.generatedSegment, Shipment.generatedSegment])
    #expect(shipment.bucket.count(.get) == 0)
  }

  @Test("of an object in parts the checksum of the whole is asked for first")
  func wholeOfParts() async throws {
    let shipment = try Shipment(generated: 12 << 20, partSize: Self.odd)
    let file = try OpenFile("\(shipment.data.path)/\(Shipment.generatedSegment)")
    shipment.bucket[Shipment.generatedSegment]?.checksum = try await ObjectChecksum.of(file, by: "CRC32C")
    let verified = try await verify(shipment.copy)
    #expect(verified.ids.isEmpty && verified.file("chunks/000001")?.evidence == [.size, .storedChecksum])
    #expect(shipment.bucket.requested(.head) == [Shipment.generatedSegment] && shipment.bucket.count(.get) == 0)
  }

  @Test("where asking for it is forbidden, the ETag is enough")
  func forbiddenHead() async throws {
    let shipment = try Shipment(generated: 12 << 20, partSize: 5 << 20)
    shipment.bucket.fail(.head, Shipment.generatedSegment, .accessDenied)
    let verified = try await verify(shipment.copy) { $0.downloads = false }
    #expect(verified.ids.isEmpty && verified.unfinished.isEmpty && verified.file("chunks/000001")?.evidence == [.size, .etag])
  }

  @Test("parts that nobody knows are no finding: the object is read, or called unproved")
  func unknownLayout() async throws {
    let shipment = try Shipment(generated: 12 << 20, partSize: Self.odd)
    let read = try await verify(shipment.copy)
    #expect(read.ids.isEmpty && read.file("chunks/000001")?.evidence.contains(.read) == true)
    #expect(shipment.bucket.requested(.get).filter { !$0.hasSuffix("meta.json") } == [Shipment.generatedSegment])
    shipment.bucket.forgetLog()
    let unread = try await verify(shipment.copy) { $0.downloads = false }
    #expect(unread.ids == [.unproved] && unread.findings[0].severity == .note)
    #expect(unread.findings[0].message.contains("in what parts it was written is not known"))
    #expect(unread.verdict("chunks/000001") == .unproved && unread.verdict("index") == .good)
    #expect(unread.blocks[0].state == .unproved && !unread.blocks[0].isGood)
    #expect(shipment.bucket.count(.get) == 0)
  }

  @Test("damage under a certain ETag is found without a download, and with one its place")
  func damaged() async throws {
    let shipment = try Shipment()
    shipment.bucket.flip(Self.segment, at: 77_777)
    let unread = try await verify(shipment.copy) { $0.downloads = false }
    #expect(unread.ids == [.contentMismatch] && unread.findings[0].offset == nil && shipment.bucket.count(.get) == 0)
    #expect(unread.findings[0].message.contains("its ETag is "))
    let read = try await verify(shipment.copy)
    #expect(read.ids == [.contentMismatch] && read.findings[0].offset == 77_777)
  }

  @Test("damage in a part is found where the store tells the parts")
  func damagedPart() async throws {
    let shipment = try Shipment(generated: 12 << 20, partSize: Self.odd)
    shipment.bucket.tellPartSizes()
    shipment.bucket.flip(Shipment.generatedSegment, at: 6_000_000)
    let verified = try await verify(shipment.copy) { $0.downloads = false }
    #expect(verified.ids == [.contentMismatch] && verified.verdict("chunks/000001") == .bad)
  }

  @Test("ETags that are no checksums raise no alarm", arguments: [true, false])
  func foreignETag(isEncrypted: Bool) async throws {
    let shipment = try Shipment()
    shipment.bucket[Self.segment]?.etag = String(repeating: "ab", count: 16)
    shipment.bucket[Self.segment]?.isEncrypted = isEncrypted
    let read = try await verify(shipment.copy)
    #expect(read.ids.isEmpty && read.file("chunks/000001")?.evidence == [.size, .read, .sha256])
    let unread = try await verify(shipment.copy) { $0.downloads = false }
    // What is encrypted by KMS has an ETag that only looks like one; elsewhere it is taken at its word.
    #expect(unread.ids == (isEncrypted ? [.unproved] : [.contentMismatch]))
  }

  @Test(
    "the checksum that the store keeps of the whole object proves it where the ETag does not",
    arguments: ["CRC32C", "CRC64NVME", "CRC32", "SHA256", "SHA1"])
  func storedChecksum(_ algorithm: String) async throws {
    let shipment = try Shipment()
    let file = try OpenFile("\(shipment.data.path)/\(Self.segment)")
    let checksum = try #require(try await ObjectChecksum.of(file, by: algorithm))
    shipment.bucket[Self.segment]?.etag = "opaque"
    shipment.bucket[Self.segment]?.checksum = checksum
    let good = try await verify(shipment.copy)
    #expect(good.ids.isEmpty && good.file("chunks/000001")?.evidence == [.size, .storedChecksum])
    #expect(shipment.bucket.count(.get) == 0 && shipment.bucket.requested(.head) == [Self.segment])

    shipment.bucket[Self.segment]?.bytes[5000] ^= 1
    shipment.bucket[Self.segment]?.checksum?.value = "AAAAAA=="
    let bad = try await verify(shipment.copy) { $0.downloads = false }
    #expect(bad.ids == [.contentMismatch] && bad.findings[0].message.contains(algorithm))
  }

  @Test("a checksum by an algorithm that is not known proves nothing")
  func unknownAlgorithm() async throws {
    let shipment = try Shipment()
    shipment.bucket[Self.segment]?.etag = "opaque"
    shipment.bucket[Self.segment]?.checksum = ObjectChecksum(algorithm: "XXHASH", value: "AAAA")
    #expect(try await verify(shipment.copy) { $0.downloads = false }.ids == [.unproved])
    #expect(try await verify(shipment.copy).ids.isEmpty && shipment.bucket.count(.get) == 1)
  }

  @Test("a hash that meta.json lists wrongly is found, though file and object are equal, where the bytes are hashed")
  func wrongHash() async throws {
    let shipment = try Shipment()
    shipment.editMeta("f1d8b46f", "01d8b46f")
    let verified = try await verify(shipment.copy, .index) { $0.downloads = false }
    #expect(verified.ids == [.hashMismatch] && verified.findings[0].file == "\(Shipment.raw)/meta.json")
    // By reading, since the ETag does not tell.
    shipment.bucket[Self.segment]?.etag = "opaque"
    #expect(try await verify(shipment.copy).ids == [.hashMismatch])
  }

  @Test("the levels above look into the local file too, and prove the object as before")
  func deeper() async throws {
    let shipment = try Shipment()
    for level in [VerificationLevel.index, .full] {
      let verified = try await verify(shipment.copy, level) { $0.downloads = false }
      #expect(verified.ids.isEmpty && verified.file("chunks/000001")?.evidence == [.size, .etag, .crc32c, .sha256])
      #expect(verified.file("chunks/000001")?.sha256?.count == 64 && shipment.bucket.count(.get) == 0)
    }
    // A copy is as good as its original: what is wrong with both is found where their content is looked into.
    try shipment.data.flip("\(Self.segment)", at: 5000)
    shipment.bucket.flip(Self.segment, at: 5000)
    #expect(try await verify(shipment.copy).ids.isEmpty)
    #expect(try await verify(shipment.copy, .full).ids == [.chunkChecksum, .hashMismatch])
  }

  @Test("presence asks for nothing but the listing and meta.json")
  func presence() async throws {
    let shipment = try Shipment()
    shipment.bucket.flip(Self.segment, at: 5000)
    let verified = try await verify(shipment.copy, .presence)
    #expect(verified.ids.isEmpty && verified.file("chunks/000001")?.evidence == [.size])
    #expect(shipment.bucket.count(.get) == 0 && shipment.bucket.count(.head) == 0)
  }
}
