import Console
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

@testable import Restoration

@Suite("the plan of a restore")
struct PlanTests {
  private static let raw = ServedBucket.raw

  private func decision(_ bucket: ServedBucket, _ folder: RestoredFolder, ids: [String] = []) async throws -> String? {
    let destination = try Destination(folder.path)
    let selection = BlockSelection(ids: Set(ids.compactMap { ULID($0) }))
    let plan = try await RestorePlanner(bucket: bucket, selection: selection).plan(into: destination)
    return plan.blocks.first { "\($0.ulid)" == Self.raw }.map {
      $0.decision.name + ($0.decision.failure == nil ? "" : " (fails)")
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// Without and with `--id`.
    let decisions: [String]
    let apply: @Sendable (ServedBucket) async throws -> Void
    var testDescription: String { name }
  }

  private static let larger = "01M81B0KSSX5FCZ5868AE5R719"

  @Test("what is left out, and what --id changes", arguments: [
    Case(name: "restore", decisions: ["restore", "restore"]) { _ in },
    Case(name: "marked", decisions: ["marked for deletion", "restore"]) {
      try await $0.put("\(raw)/deletion-mark.json", .bytes(Array("{}".utf8)))
    },
    Case(name: "other marks", decisions: ["restore", "restore"]) {
      try await $0.put("\(raw)/no-compact-mark.json", .bytes([]))
    },
    Case(name: "partial", decisions: ["partial in the bucket", "partial in the bucket (fails)"]) {
      try await $0.delete("\(raw)/meta.json")
    },
    Case(name: "downsampled", decisions: ["downsampled", "downsampled (fails)"]) {
      try await $0.edit("\(raw)/meta.json") { $0.replacing("\"resolution\": 0", with: "\"resolution\": 300000") }
    },
    Case(name: "superseded", decisions: ["superseded", "restore"]) {
      try await $0.edit("\(raw)/meta.json") { $0 }
      let index = try await $0.read("\(ServedBucket.xor2)/index", limit: 1 << 20)
      try await $0.put("\(larger)/index", .bytes(index))
      try await $0.put("\(larger)/meta.json", .bytes(Array(#"""
        {"version": 1, "ulid": "\#(larger)", "minTime": 1700000000000, "maxTime": 1700100000000,
         "compaction": {"level": 2, "sources": ["\#(raw)"]}, "thanos": {"labels": {"cluster": "eu1"}}}
        """#.utf8)))
    },
    Case(name: "unreadable", decisions: ["unreadable (fails)", "unreadable (fails)"]) {
      try await $0.put("\(raw)/meta.json", .bytes([]))
    },
  ])
  func decisions(item: Case) async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    try await item.apply(bucket)
    #expect(try await decision(bucket, folder) == item.decisions[0])
    #expect(try await decision(bucket, folder, ids: [Self.raw]) == item.decisions[1])
  }

  @Test("a block that the folder has whole needs nothing of a bucket that has it damaged, and a warning says so")
  func damagedButThere() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    _ = try await folder.restore(bucket, ids: [Self.raw]).run()
    try await bucket.delete("\(Self.raw)/index")
    let report = try await folder.restore(bucket, ids: [Self.raw]).run()
    #expect(report.status == .good, "\(report.text(.table))")
    let plan = try await RestorePlanner(bucket: bucket, selection: .all).plan(into: Destination(folder.path))
    #expect(plan.warnings.contains { $0.hasPrefix("\(Self.raw): the folder has it whole; the bucket has it damaged: index") })
    // Here it is not whole either.
    try Directory.removeFile("\(folder.path)/\(Self.raw)/chunks/000001")
    #expect(try await decision(bucket, folder) == "refused (fails)")
  }

  @Test("warnings name what stays behind, what overlaps, and what retention takes away again")
  func warnings() async throws {
    let (bucket, folder) = (try await ServedBucket(), try RestoredFolder())
    try await bucket.put("\(Self.raw)/index.cache.json", .bytes([1]))
    try await bucket.edit("\(ServedBucket.old)/meta.json") { $0.replacing("eu1", with: "eu2") }
    let plan = try await RestorePlanner(bucket: bucket, selection: .all).plan(into: Destination(folder.path))
    let text = plan.warnings.joined(separator: "\n")
    #expect(text.contains("\(Self.raw)/index.cache.json stays behind"))
    #expect(text.contains("\(ServedBucket.xor2): shares time with \(Self.raw)"))
    #expect(text.contains("\(ServedBucket.old): ends 15 days or more"))
    #expect(text.contains("blocks of 2 sets of external labels ({cluster=\"eu1\"}, {cluster=\"eu2\"})"))
  }
}
