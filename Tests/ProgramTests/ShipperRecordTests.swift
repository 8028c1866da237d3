import Console
import Fixtures
import ObjectStore
import Platform
import Shipping
import TSDB
import Testing
import Thanos

@Suite("the list of shipped blocks")
struct ShipperRecordTests {
  static func run(_ data: DataFolder, _ bucket: TestBucket, to name: String?) async throws -> BackfillReport {
    var options = BackfillOptions.overlapping
    options.shipperFileName = name
    options.stateFolder = bucket.state
    return try await BackfillRun(
      path: data.path, bucket: bucket, labels: try .of("cluster=eu1"), options: options, progress: .none, logger: silent
    ).run()
  }

  static func listed(_ data: DataFolder, _ name: String = ShipperFile.fileName) throws -> [String] {
    try ShipperFile(parsing: try data.read(name), file: name).uploaded.map(\.description)
  }

  @Test("holds what is wholly in the bucket, oldest first, and nothing that failed")
  func contents() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket(refusing: { $0 == "\(BackfillTests.raw)/index" }))
    #expect(try await Self.run(data, bucket, to: ShipperFile.fileName).status == .findings)
    #expect(try Self.listed(data) == [BackfillTests.old, BackfillTests.xor2])
    // What the bucket has already counts as well.
    let again = try DataFolder()
    _ = try await Self.run(again, bucket, to: "other.json")
    #expect(try Self.listed(again, "other.json") == [BackfillTests.old, BackfillTests.xor2])
  }

  @Test("goes on with the file that is there, without blocks that are gone, and begins anew where it is none")
  func existing() async throws {
    let (data, bucket) = (try DataFolder([DataFolder.rawBlocks[1]]), try TestBucket())
    let gone = "01M81B0KSSX5FCZ5868AE5R719"
    let text = #"{"version": 1, "uploaded": ["\#(gone)", "\#(BackfillTests.raw)"]}"#
    try data.write(Array(text.utf8), to: ShipperFile.fileName)
    #expect(try await Self.run(data, bucket, to: ShipperFile.fileName).status == .good)
    #expect(try Self.listed(data) == [BackfillTests.raw])
    try data.write(Array("{".utf8), to: ShipperFile.fileName)
    #expect(try await Self.run(data, bucket, to: ShipperFile.fileName).status == .good)
    #expect(try Self.listed(data) == [BackfillTests.raw])
  }

  @Test("what the bucket does not have any more is taken out before anything is sent")
  func absent() async throws {
    let data = try DataFolder()
    _ = try await Self.run(data, try TestBucket(), to: ShipperFile.fileName)
    #expect(try Self.listed(data).count == 3)
    let empty = try TestBucket(with: .accessDenied, refusing: { _ in true })
    #expect(try await Self.run(data, empty, to: ShipperFile.fileName).status == .unfinished)
    #expect(try Self.listed(data).isEmpty)
  }

  @Test("is not written unless asked for, and a failure to write it is one of the run")
  func failures() async throws {
    let (data, bucket) = (try DataFolder(), try TestBucket())
    _ = try await Self.run(data, bucket, to: nil)
    #expect((try? Self.listed(data)) == nil)
    let report = try await Self.run(data, bucket, to: "no-such-folder/x.json")
    #expect(report.status == .findings && report.text(.table).contains("no-such-folder"))
  }
}
