import Console
import Fixtures
import Glibc
import ObjectStore
import Platform
import TSDB
import Testing

@testable import Verification

@Suite("what the compactor replaces and deletes")
struct DeletionTests {
  private typealias Compacted = CompactedBucket
  private static let levels = VerificationLevel.allCases

  private func whole(_ subject: Verification.Subject, _ level: VerificationLevel) async throws -> Verified {
    try await verify(subject, level) { $0.checksBucket = nil }
  }

  @Test("a bucket that the compactor is at work in is good, with notes", arguments: levels)
  func freshlyCompacted(_ level: VerificationLevel) async throws {
    let compacted = try Compacted()
    for ulid in [Compacted.first, Compacted.second] { compacted.mark(ulid, age: 3) }
    // An upload, and a deletion, that are under way.
    for name in ["index", "chunks/000001"] {
      compacted.bucket["01HF5EN80000000000000000D0/\(name)"] = StoreBucket.Object([1])
      compacted.bucket["01HF5EN80000000000000000D0/\(name)"]?.modified = WallClock.milliseconds - 60_000
    }
    compacted.bucket["01HF5EN80000000000000000E0/index"] = StoreBucket.Object([1])
    compacted.mark("01HF5EN80000000000000000E0", age: 49)
    let alone = try await whole(compacted.shipment.alone, level)
    #expect(alone.ids == [.markedForDeletion, .markedForDeletion, .uploadInProgress, .markedForDeletion], "\(alone.findings)")
    #expect(alone.findings.allSatisfy { $0.severity == .note } && alone.unfinished.isEmpty)
    // What is no block yet, or no longer, is not called good.
    #expect(alone.blocks.map(\.state) == [.good, .good, .good, .unproved, .unproved])
    var totals = RunTotals()
    for block in alone.blocks { totals.add(block) }
    if let whole = alone.whole { totals.add(whole) }
    #expect(totals.status == .good)
    #expect(alone.findings[0].message.hasPrefix("marked 3h ago (source of compacted block): "))
    #expect(alone.findings[2].message.contains("newest object is 1m old: it is probably still being uploaded"))
    let copy = try await whole(compacted.shipment.copy, level)
    #expect(copy.ids == [.markedForDeletion, .markedForDeletion] && copy.unfinished.isEmpty, "\(copy.findings)")
    #expect(copy.findings[0].message.hasSuffix("its data lives on in block \(Compacted.merged)"))
    for ulid in [Compacted.first, Compacted.second] { compacted.delete(ulid) }
    let later = try await whole(compacted.shipment.copy, level)
    #expect(later.ids == [.compactedAway, .compactedAway] && later.blocks.allSatisfy(\.isGood), "\(later.findings)")
    #expect(later.findings[0].message.contains("block \(Compacted.merged) there was compacted from it"))
  }

  @Test("the block that several were compacted into is looked at once")
  func lookedAtOnce() async throws {
    let compacted = try Compacted()
    for ulid in [Compacted.first, Compacted.second] { compacted.delete(ulid) }
    _ = try await verify(compacted.shipment.copy, .full)
    #expect(compacted.bucket.requested(.list).filter { $0 == "\(Compacted.merged)/" }.count == 1)
  }

  @Test("a mark that is older than the compactor's delay is a warning, by the delay that is given", arguments: [
    (age: 71, delay: 48, isLate: false), (73, 48, true), (73, 50, false), (1, 0, false), (25, 0, true),
    (-5, 48, false), (10_000_000, 48, true),
  ] as [(age: Int64, delay: Int64, isLate: Bool)])
  func overdue(_ age: Int64, _ delay: Int64, _ isLate: Bool) async throws {
    let compacted = try Compacted()
    compacted.mark(Compacted.first, age: age)
    for subject in [compacted.shipment.alone, compacted.shipment.copy] {
      let verified = try await verify(subject, .presence) { $0.deleteDelay = delay * 3_600_000 }
      #expect(verified.ids == [isLate ? .deletionOverdue : .markedForDeletion], "\(verified.findings)")
    }
    #expect(Finding.ID.deletionOverdue.severity == .warning)
  }

  @Test("a mark that Thanos cannot read is none, and is named", arguments: ["", "{}", "{\"version\": 2}"])
  func unreadableMark(_ text: String) async throws {
    let compacted = try Compacted()
    compacted.bucket["\(Compacted.first)/deletion-mark.json"] = StoreBucket.Object(Array(text.utf8))
    for subject in [compacted.shipment.alone, compacted.shipment.copy] {
      #expect(try await verify(subject, .presence).ids == [.markerUnreadable])
    }
    compacted.bucket.fail(.get, "\(Compacted.first)/deletion-mark.json", .accessDenied)
    let closed = try await verify(compacted.shipment.alone, .presence)
    #expect(closed.ids.isEmpty && closed.unfinished.map(\.file) == ["\(Compacted.first)/deletion-mark.json"])
  }

  @Test("a copy that is marked, and whose data nothing that stays has, is a warning")
  func uncovered() async throws {
    let compacted = try Compacted()
    compacted.mark(Compacted.first, age: 3)
    compacted.mark(Compacted.merged, age: 1)
    let leaving = try await verify(compacted.shipment.copy)
    #expect(leaving.ids == [.markedForDeletion, .deletionUncovered] && leaving.blocks[0].state == .warning)
    #expect(leaving.findings[1].message.contains("\(Compacted.merged), which was compacted from it, is marked"))
    compacted.delete(Compacted.merged)
    #expect(try await verify(compacted.shipment.copy).ids == [.markedForDeletion, .deletionUncovered])
    compacted.delete(Compacted.first)
    #expect(try await verify(compacted.shipment.copy).ids == [.missingBlock])
  }

  @Test("a merged block that lacks a source, ends too soon or has other labels holds nothing for sure", arguments: [
    ("\"\(CompactedBucket.first)\", ", ""), ("1700020800000", "1700006400001"), ("eu1", "eu2"),
  ])
  func notCovered(_ old: String, _ new: String) async throws {
    let compacted = try Compacted()
    compacted.shipment.editMeta(of: Compacted.merged, old, new)
    compacted.mark(Compacted.first, age: 3)
    let verified = try await verify(compacted.shipment.copy, .presence)
    #expect(verified.ids == [.markedForDeletion, .deletionUncovered], "\(verified.findings)")
  }

  @Test("a merged block that is damaged is no copy of its sources")
  func damaged() async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.first)
    compacted.mark(Compacted.second, age: 3)
    compacted.bucket.flip("\(Compacted.merged)/chunks/000001", at: 500)
    // What the level does not look at it cannot tell.
    #expect(try await verify(compacted.shipment.copy, .presence).ids == [.compactedAway, .markedForDeletion])
    let verified = try await verify(compacted.shipment.copy)
    #expect(verified.ids == [.compactedIntoDamaged, .markedForDeletion, .compactedIntoDamaged], "\(verified.findings)")
    #expect(verified.findings[0].message.contains("hash-mismatch: \(Compacted.merged)/chunks/000001"))
    #expect(verified.blocks.allSatisfy { $0.state == .bad })
  }

  @Test("a merged block of which only sizes are known proves nothing, and one that cannot be looked at neither")
  func unproved() async throws {
    let compacted = try Compacted(hashes: false)
    compacted.delete(Compacted.first)
    let verified = try await verify(compacted.shipment.copy)
    #expect(verified.ids == [.compactedAway, .unproved] && verified.blocks[0].state == .unproved, "\(verified.findings)")
    #expect(try await verify(compacted.shipment.copy, .full).ids == [.compactedAway])
    compacted.bucket.fail(.get, "\(Compacted.merged)/index", .unavailable)
    let unread = try await verify(compacted.shipment.copy, .full)
    #expect(unread.ids.isEmpty && unread.unfinished.map(\.file) == ["\(Compacted.merged)/index"])
  }

  @Test("a merged block with less than one of its sources alone does not hold it", arguments: [true, false])
  func less(isMarked: Bool) async throws {
    let compacted = try Compacted()
    let stats = try BlockMeta(parsing: try #require(compacted.bucket["\(Compacted.merged)/meta.json"]).bytes, file: "").stats
    compacted.shipment.editMeta(of: Compacted.merged, "\"numSamples\": \(stats.samples)", "\"numSamples\": 1")
    if isMarked { compacted.mark(Compacted.first, age: 3) } else { compacted.delete(Compacted.first) }
    let verified = try await verify(compacted.shipment.copy, .presence)
    #expect(verified.ids == (isMarked ? [.markedForDeletion] : []) + [.compactedIntoLess], "\(verified.findings)")
    #expect(verified.blocks[0].state == .warning)
  }

  @Test("a merged block that loses its meta.json while the run lasts is whole no more", arguments: [true, false])
  func mergedLost(isMarked: Bool) async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.first)
    compacted.bucket.before(.list, "\(Compacted.merged)/") {
      if isMarked { compacted.mark(Compacted.merged, age: 50) }
      compacted.bucket["\(Compacted.merged)/meta.json"] = nil
    }
    let verified = try await verify(compacted.shipment.copy)
    #expect(verified.blocks[0].state != .good && !verified.ids.contains(.compactedAway), "\(verified.findings)")
  }

  @Test("what was deleted here is named also where the bucket has only the merged block")
  func lostDeletions() async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.first)
    var reference: UInt64 = 0
    try Index(FileBytes(mapping: "\(compacted.shipment.data.path)/\(Compacted.first)/index")).forEachSeries {
      reference = $0.reference
    }
    let deletion = TombstonesInput.file([(reference, .min, .max)])
    try compacted.shipment.data.write(deletion, to: "\(Compacted.first)/tombstones")
    let meta = String(decoding: try compacted.shipment.data.read("\(Compacted.first)/meta.json"), as: UTF8.self)
    let counted = meta.replacing("\"stats\": {", with: "\"stats\": {\"numTombstones\": 1, ")
    try compacted.shipment.data.write(Array(counted.utf8), to: "\(Compacted.first)/meta.json")
    #expect(try await verify(compacted.shipment.copy, .presence).ids == [.compactedAway, .lostDeletions])
  }

  @Test("the block itself under another name is none that was compacted from it")
  func rewritten() async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.merged)
    let (path, other) = (compacted.shipment.data.path, "01HF5EN80000000000000000Z9")
    #expect(unsafe rename("\(path)/\(Compacted.first)", "\(path)/\(other)") == 0)
    let meta = String(decoding: try compacted.shipment.data.read("\(other)/meta.json"), as: UTF8.self)
    let renamed = meta.replacing("\"ulid\": \"\(Compacted.first)\"", with: "\"ulid\": \"\(other)\"")
    try compacted.shipment.data.write(Array(renamed.utf8), to: "\(other)/meta.json")
    #expect(try await verify(compacted.shipment.copy, .presence).ids.contains(.missingBlock))
  }

  @Test("a block that is damaged while the run lasts is no upload under way")
  func damagedMeanwhile() async throws {
    let compacted = try Compacted()
    compacted.bucket.before(.list, "\(Compacted.first)/") {
      compacted.bucket["\(Compacted.first)/meta.json"] = nil
      compacted.bucket["\(Compacted.first)/index"] = nil
    }
    let verified = try await verify(compacted.shipment.alone)
    #expect(verified.ids.contains(.missingObject) && verified.blocks[0].state == .bad, "\(verified.findings)")
  }

  @Test("raw data that is there downsampled only is not there")
  func downsampled() async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.first)
    compacted.shipment.editMeta(of: Compacted.merged, "\"resolution\": 0", "\"resolution\": 300000")
    let verified = try await verify(compacted.shipment.copy, .presence)
    #expect(verified.ids == [.downsampledOnly] && verified.blocks[0].state == .warning, "\(verified.findings)")
  }

  @Test("a block that is deleted while the run lasts is none that lacks objects", arguments: levels)
  func deletedMeanwhile(_ level: VerificationLevel) async throws {
    for isCopy in [false, true] {
      let compacted = try Compacted()
      compacted.mark(Compacted.first, age: 50)
      // After the look at what blocks there are.
      compacted.bucket.before(.list, "\(Compacted.first)/") { compacted.delete(Compacted.first) }
      let verified = try await verify(isCopy ? compacted.shipment.copy : compacted.shipment.alone, level)
      #expect(verified.ids == (isCopy ? [.compactedAway] : []), "\(verified.findings)")
      #expect(verified.blocks.count == 2)
    }
  }

  @Test("a block that may be in one whose meta.json cannot be read is not called missing")
  func unreadable() async throws {
    let compacted = try Compacted()
    compacted.delete(Compacted.first)
    compacted.bucket.fail(.get, "\(Compacted.merged)/meta.json", .accessDenied)
    let verified = try await verify(compacted.shipment.copy)
    #expect(verified.ids.isEmpty && verified.unfinished.map(\.file) == ["\(Compacted.first)/"], "\(verified.findings)")
    #expect(verified.unfinished[0].reason.contains("it may be in block \(Compacted.merged)"))
  }

  @Test("an upload that is published while the run lasts is left to the next one")
  func published() async throws {
    let compacted = try Compacted()
    let key = "\(Compacted.first)/meta.json"
    let meta = compacted.bucket[key]
    compacted.bucket[key] = nil
    compacted.bucket.before(.list, "\(Compacted.first)/") { compacted.bucket[key] = meta }
    let verified = try await verify(compacted.shipment.alone)
    #expect(verified.ids.isEmpty && verified.unfinished.map(\.file) == [key], "\(verified.findings)")
  }

  @Test("an upload under way is no copy yet, and one that is older than Thanos waits was broken off")
  func uploads() async throws {
    let compacted = try Compacted()
    compacted.bucket["\(Compacted.first)/meta.json"] = nil
    func setAge(_ hours: Int64) {
      for key in compacted.bucket.keys where key.hasPrefix(Compacted.first) {
        compacted.bucket[key]?.modified = WallClock.milliseconds - hours * 3_600_000
      }
    }
    setAge(47)
    #expect(try await verify(compacted.shipment.alone, .presence).ids == [.uploadInProgress])
    #expect(try await verify(compacted.shipment.copy, .presence).ids == [.partialUpload])
    setAge(49)
    let old = try await verify(compacted.shipment.alone, .presence)
    #expect(old.ids == [.partialUpload] && old.findings[0].message.contains("broken off"))
  }
}
