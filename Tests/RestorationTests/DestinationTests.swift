import Console
import Fixtures
import Glibc
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Restoration

@Suite("the folder that blocks come into")
struct DestinationTests {
  private static let raw = ServedBucket.raw

  struct Occupant: Sendable, CustomTestStringConvertible {
    let words: String
    let apply: @Sendable (String) throws -> Void
    var testDescription: String { words }
  }

  @Test("a block that is there is never overwritten", arguments: [
    Occupant(words: "with 14631 bytes in index") {
      try AtomicFile.write(try OpenFile("\($0)/index").readAll(limit: 1 << 20) + [0], to: "\($0)/index")
    },
    Occupant(words: "without chunks/000001") { try Directory.removeFile("\($0)/chunks/000001") },
    Occupant(words: "that cannot be read") { try Directory.removeFile("\($0)/meta.json") },
    Occupant(words: "with other counts") { path in
      let text = String(decoding: try OpenFile("\(path)/meta.json").readAll(limit: 1 << 20), as: UTF8.self)
      try AtomicFile.write(Array(text.replacing("18920", with: "18921").utf8), to: "\(path)/meta.json")
    },
    Occupant(words: "with other times") { path in
      let text = String(decoding: try OpenFile("\(path)/meta.json").readAll(limit: 1 << 20), as: UTF8.self)
      try AtomicFile.write(Array(text.replacing("\"minTime\": 17", with: "\"minTime\": 16").utf8), to: "\(path)/meta.json")
    },
  ])
  func conflict(occupant: Occupant) async throws {
    let bucket = try await ServedBucket()
    let folder = try RestoredFolder()
    _ = try await folder.restore(bucket, ids: [Self.raw]).run()
    try occupant.apply("\(folder.path)/\(Self.raw)")
    let before = try DataFolder.files(below: folder.path).map { "\($0) \(try Directory.status(of: $0))" }
    bucket.forget()
    let report = try await folder.restore(bucket, ids: [Self.raw]).run()
    #expect(report.status == .findings && report.text(.table).contains(occupant.words), "\(report.text(.table))")
    #expect(try DataFolder.files(below: folder.path).map { "\($0) \(try Directory.status(of: $0))" } == before)
    #expect(bucket.servedData == 0)
  }

  @Test("Prometheus' own copy of a block, without a thanos section, counts as there")
  func original() async throws {
    let (bucket, data) = (try await ServedBucket(), try DataFolder([DataFolder.rawBlocks[1]]))
    let restore = Restore(
      path: data.path, bucket: bucket, options: RestoreOptions(), progress: .none, logger: silent)
    #expect(try await restore.run().totals == "2 restored (69.1 KiB), 1 skipped, 0 failed")
  }

  @Test("a name that is taken while a block is fetched is not replaced")
  func race() throws {
    let folder = try TemporaryFolder()
    let staging = try StagingRoot(in: folder.path)
    let ulid = try #require(ULID(Self.raw))
    _ = try staging.block(ulid).file("index")
    // Also an empty folder, which rename by itself would replace.
    try Directory.create("\(folder.path)/\(ulid)")
    do {
      try staging.publish(ulid)
      Issue.record("it was replaced")
    } catch { #expect(error.isNameTaken) }
    #expect(try Directory.entries(of: "\(folder.path)/\(ulid)").isEmpty)
  }

  @Test("folders that are no data folders are refused; empty and new ones are not")
  func suitable() throws {
    let folder = try TemporaryFolder()
    #expect(try Destination(folder.path).exists)
    #expect(try Destination("\(folder.path)/new").exists == false)
    #expect(throws: Destination.Unsuitable.self) { try Destination("\(folder.path)/new/below") }
    try Directory.create("\(folder.path)/lost+found")
    try Directory.create("\(folder.path)/\(StagingRoot.name)")
    #expect(try Destination("\(folder.path)/").blocks.isEmpty)
    try AtomicFile.write([1], to: "\(folder.path)/photo.jpg")
    #expect(throws: DataDirectory.NotATSDB.self) { try Destination(folder.path) }
  }

  @Test("links in the place of our own files and folders are not followed", arguments: [
    StagingRoot.name, "\(StagingRoot.name)/\(raw)", "\(StagingRoot.name)/\(raw)/chunks",
    "\(StagingRoot.name)/\(raw).journal", "\(StagingRoot.name)/pid",
  ])
  func links(place: String) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let outside = "\(folder.folder.path)/outside"
    try Directory.create("\(folder.path)/wal")
    try Directory.create(outside)
    try AtomicFile.write([1, 2, 3], to: "\(outside)/file")
    let path = "\(folder.path)/\(place)"
    try Directory.create(AtomicFile.folder(of: path))
    // Of a block without a folder the journal is thrown away, unread.
    if place.hasSuffix("journal") { try Directory.create("\(folder.path)/\(StagingRoot.name)/\(Self.raw)") }
    let isFile = place.hasSuffix("journal") || place.hasSuffix("pid")
    #expect(unsafe symlink(isFile ? "\(outside)/file" : outside, path) == 0)
    let said: String
    do {
      let report = try await folder.restore(bucket, ids: [Self.raw]).run()
      #expect(report.status == .findings)
      said = report.text(.table)
    } catch {
      said = "\(error)"
    }
    #expect(said.contains(path) && said.contains("is in the way: remove it and run again"), "\(said)")
    #expect(try Directory.entries(of: outside).map(\.name) == ["file"])
    #expect(try OpenFile("\(outside)/file").readAll(limit: 10) == [1, 2, 3])
  }

  @Test("a link in the place of a block's file is removed with what does not belong there, or refused")
  func linkedFile() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    let outside = "\(folder.folder.path)/outside"
    try AtomicFile.write([1, 2, 3], to: outside)
    let block = "\(folder.path)/\(StagingRoot.name)/\(Self.raw)"
    try Directory.create("\(block)/chunks")
    #expect(unsafe symlink(outside, "\(block)/index") == 0)
    #expect(unsafe symlink(outside, "\(block)/chunks/000002") == 0)
    #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .findings)
    try Directory.removeFile("\(block)/index")
    // A second name of somebody else's file is no better.
    #expect(unsafe link(outside, "\(block)/index") == 0)
    #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .findings)
    try Directory.removeFile("\(block)/index")
    #expect(try await folder.restore(bucket, ids: [Self.raw]).run().status == .good)
    #expect(try folder.holdsBlock(Self.raw, of: bucket))
    #expect(try OpenFile(outside).readAll(limit: 10) == [1, 2, 3])
  }
}
