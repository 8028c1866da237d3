import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Verification

@Suite("copies of which one side is damaged")
struct CopyFaultsTests {
  private static let raw = Shipment.raw
  private static let segment = "\(raw)/chunks/000001"

  @Test("a local file that is not there, or is broken, keeps no other from being compared", arguments: [
    ("index", [Finding.ID.missingFile]), ("meta.json", [.missingFile]), ("chunks/000001", [.missingFile]),
  ])
  func missing(_ path: String, _ expected: [Finding.ID]) async throws {
    let shipment = try Shipment()
    try Directory.removeFile("\(shipment.data.path)/\(Self.raw)/\(path)")
    shipment.bucket.flip(path == "index" ? Self.segment : "\(Self.raw)/index", at: 5000)
    let verified = try await verify(shipment.copy)
    #expect(verified.ids == expected + [.contentMismatch], "\(verified.findings)")
  }

  @Test("a local meta.json that cannot be read leaves the files to be compared")
  func brokenMeta() async throws {
    let shipment = try Shipment()
    try shipment.data.write([], to: "\(Self.raw)/meta.json")
    #expect(try await verify(shipment.copy).ids == [.metaUnreadable])
    shipment.bucket.flip(Self.segment, at: 5000)
    shipment.bucket["\(Self.raw)/index"] = nil
    let verified = try await verify(shipment.copy)
    #expect(Set(verified.ids) == [.metaUnreadable, .missingObject, .contentMismatch], "\(verified.findings)")
  }

  @Test("a folder in a segment's place is named, and the rest compared")
  func folderForSegment() async throws {
    let shipment = try Shipment()
    try Directory.removeFile("\(shipment.data.path)/\(Self.segment)")
    try Directory.create("\(shipment.data.path)/\(Self.segment)")
    shipment.bucket.flip("\(Self.raw)/index", at: 500)
    let verified = try await verify(shipment.copy)
    #expect(verified.ids == [.unreadable, .contentMismatch], "\(verified.findings)")
  }

  @Test("a difference says which side is the one that was uploaded, where meta.json's hash tells")
  func sides() async throws {
    func words(_ change: (Shipment) throws -> Void, downloads: Bool = true) async throws -> String {
      let shipment = try Shipment()
      try change(shipment)
      let verified = try await verify(shipment.copy) { $0.downloads = downloads }
      #expect(verified.ids == [.contentMismatch], "\(verified.findings)")
      return verified.findings.first?.message ?? ""
    }
    #expect(try await words { $0.bucket.flip(Self.segment, at: 5000) }
      .hasSuffix("; meta.json lists the local file's SHA-256: the local file is the one that was uploaded"))
    #expect(try await words { try $0.data.flip(Self.segment, at: 5000) }
      .hasSuffix("; meta.json lists the object's SHA-256: the object is the one that was uploaded"))
    #expect(try await words({ try $0.data.flip(Self.segment, at: 5000) }, downloads: false)
      .hasSuffix("; meta.json lists another SHA-256 than the local file's"))
    #expect(try await words {
      try $0.data.flip(Self.segment, at: 5000)
      $0.bucket.flip(Self.segment, at: 6000)
    }.hasSuffix("; meta.json lists the SHA-256 of neither: look for a third copy"))
    let unlisted = try Shipment(hashes: false)
    unlisted.bucket.flip(Self.segment, at: 5000)
    #expect(try await verify(unlisted.copy).findings[0].message == "the first byte that differs from the local file")
  }

  @Test("where the local bytes are hashed anyway, meta.json's hash is held against them, whatever is known of the object")
  func hashedAnyway() async throws {
    let shipment = try Shipment()
    shipment.editMeta("f1d8b46f", "01d8b46f")
    #expect(try await verify(shipment.copy) { $0.wantsHashes = true }.ids == [.hashMismatch])
    shipment.bucket[Self.segment]?.etag = "opaque"
    let unproved = try await verify(shipment.copy) {
      $0.wantsHashes = true
      $0.downloads = false
    }
    #expect(Set(unproved.ids) == [.hashMismatch, .unproved])
    #expect(unproved.findings.contains { $0.message.contains("the local file has") })
  }

  @Test("a bucket that cannot be asked leaves the local blocks to be checked, and says that they were not compared", arguments: [
    BucketError.Code.badCredentials, .unreachable, .unavailable,
  ])
  func unreachable(_ code: BucketError.Code) async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    shipment.bucket.fail(.list, "", code)
    try shipment.data.flip(Self.segment, at: 5000)
    let verified = try await verify(shipment.copy)
    #expect(verified.ids == [.chunkChecksum] && verified.blocks.count == 3, "\(verified.findings)")
    #expect(verified.blocks.allSatisfy { $0.unfinished.map(\.file) == ["\($0.ulid)/"] })
    #expect(verified.blocks[0].unfinished[0].reason == "not compared with memory, which could not be looked at")
    #expect(verified.whole?.unfinished == [Unfinished(file: "memory", reason: "told to fail")])
    shipment.bucket.fail(.list, "", .bucketNotFound)
    await #expect(throws: BucketError.self) { _ = try await verify(shipment.copy) }
  }

  @Test("keys that are equal to the eye and not by their bytes are two objects")
  func canonicalEquivalence() async throws {
    var report = BlockReport(Sample.ulid)
    report.add([.size], to: "e\u{301}", size: 1)
    report.add([.read], to: "\u{e9}", size: 2)
    report.find(.strayObject, file: "\(Sample.ulid)/\u{e9}", "one too many")
    report.leaveUnfinished("e\u{301}", "closed")
    report.leaveUnfinished("\u{e9}", "closed")
    #expect(report.files.map(\.size) == [1, 2] && report.unfinished.count == 2)
    #expect(report.verdicts.map(\.verdict) == [.unfinished, .bad])
    #expect(BlockObjects(Sample.ulid).path(ofKey: "\(Sample.ulid)/\u{301}x") == "\u{301}x")
    #expect(report.path(inBlock: "\(Sample.ulid)/\u{301}x") == "\u{301}x")
  }

  @Test("a list of files that lacks the segment is wrong, and the segment is no stray and not missing")
  func unlistedSegment() async throws {
    for (path, words) in [("chunks/000001", "lists no segment"), ("index", "lists no index")] {
      let shipment = try Shipment()
      let text = String(decoding: shipment.bucket["\(Self.raw)/meta.json"]?.bytes ?? [], as: UTF8.self)
      let short = try #require(try? Regex("\\{\\s*\"rel_path\": \"\(path)\"[^}]*\\}\\s*\\},"))
      shipment.bucket["\(Self.raw)/meta.json"] = StoreBucket.Object(
        Array(text.replacing(short, with: "").replacing(#/"segment_files": \[[^\]]*\],/#, with: "").utf8))
      for subject in [shipment.alone, shipment.copy] {
        let verified = try await verify(subject, .full)
        #expect(verified.ids == [.metaMismatch] && verified.findings[0].message.contains(words), "\(verified.findings)")
        #expect(verified.file(path)?.evidence.contains(.crc32c) == true)
      }
    }
  }
}
