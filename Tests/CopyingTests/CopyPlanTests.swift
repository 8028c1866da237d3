import Console
import Delivery
import ObjectStore
import Quantities
import TSDB
import Testing
import Thanos

@testable import Copying

@Suite("plan of a copy")
struct CopyPlanTests {
  private let raw = Blocks.downsampled[0]
  private let fiveMinutes = Blocks.downsampled[1]

  private func decision(_ copy: TestCopy, of ulid: String) async throws -> CopyDecision {
    try #require(try await copy.plan().blocks.first { $0.ulid.description == ulid }).decision
  }

  /// A destination that has the raw block, with a change.
  private func destination(_ change: (TestBucket) async throws -> Void) async throws -> TestCopy {
    let copy = try TestCopy(try await Blocks.plain())
    for (key, bytes) in try await copy.source.contents() where key.hasPrefix(raw) {
      try await copy.destination.base.put(key, .bytes(bytes))
    }
    try await change(copy.destination)
    return copy
  }

  struct Conflict: CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let change: @Sendable (TestBucket, String) async throws -> Void
  }

  static let conflicts = [
    Conflict(testDescription: "another meta.json", reason: "another meta.json") { bucket, ulid in
      var bytes = try await bucket.read("\(ulid)/meta.json", limit: 1 << 20)
      bytes.append(0x0A)
      try await bucket.base.put("\(ulid)/meta.json", .bytes(bytes))
    },
    Conflict(testDescription: "a meta.json of the same size", reason: "another meta.json") { bucket, ulid in
      let bytes = try await bucket.read("\(ulid)/meta.json", limit: 1 << 20)
      try await bucket.base.put("\(ulid)/meta.json", .bytes(bytes.map { $0 == 0x66 ? 0x67 : $0 }))
    },
    Conflict(testDescription: "an object missing", reason: "index is missing there") { bucket, ulid in
      try await bucket.delete("\(ulid)/index")
    },
    Conflict(testDescription: "another size", reason: "chunks/000001 has 1 bytes there") { bucket, ulid in
      try await bucket.write("x", to: "\(ulid)/chunks/000001")
    },
    Conflict(testDescription: "marked there", reason: "marked for deletion") { bucket, ulid in
      try await bucket.write("{}", to: "\(ulid)/deletion-mark.json")
    },
  ]

  @Test("what the destination has under the same name and is not the same is left as it is, and fails", arguments: conflicts)
  func conflict(_ conflict: Conflict) async throws {
    let copy = try await destination { try await conflict.change($0, raw) }
    let before = try await copy.destination.contents()
    let planned = try await decision(copy, of: raw)
    #expect(planned.name == "conflict" && planned.reason.contains(conflict.reason), "\(planned.reason)")
    #expect(try await copy.run()[0].contains("failed: "))
    let after = try await copy.destination.contents().filter { $0.key.hasPrefix(raw) }
    #expect(after == before)
  }

  @Test("a block whose meta.json is missing there is gone on with")
  func partialThere() async throws {
    let copy = try await destination { try await $0.delete("\(raw)/meta.json") }
    #expect(try await decision(copy, of: raw).name == "partial in the destination")
    #expect(try await copy.run()[0] == "\(raw) copied")
    #expect(!copy.destination.puts.contains("\(raw)/index"))
    #expect(try await copy.destination.contents() == copy.source.contents())
  }

  @Test("a block without meta.json in the source is left out, and fails if it was asked for by name")
  func partialInSource() async throws {
    var copy = try TestCopy(try await Blocks.plain())
    try await copy.source.delete("\(raw)/meta.json")
    let left = try await decision(copy, of: raw)
    #expect(left.name == "partial in the source" && left.failure == nil)
    copy.options.selection.ids = [try #require(ULID(raw))]
    #expect(try await decision(copy, of: raw).failure != nil)
    #expect(CopyPlanReport(try await copy.plan(), rate: nil).status == .findings)
  }

  @Test("a block marked for deletion is left out; asked for by name it comes with a warning and without the mark")
  func marked() async throws {
    var copy = try TestCopy(try await Blocks.plain())
    try await copy.source.write("{}", to: "\(raw)/deletion-mark.json")
    #expect(try await decision(copy, of: raw).name == "marked for deletion")
    copy.options.selection.ids = [try #require(ULID(raw))]
    #expect(try await copy.plan().blocks.first?.warnings.first?.contains("marked for deletion in the source") == true)
    #expect(try await copy.run() == ["\(raw) copied"])
    let keys = Set(try await copy.destination.contents().keys)
    #expect(keys == ["\(raw)/chunks/000001", "\(raw)/index", "\(raw)/meta.json"])
  }

  @Test("names that leave the block, or the listing's prefix, make the block a refused one", arguments: [
    "../other/index", "chunks/../../x", "chunks//000002", "./index", "chunks/..",
  ])
  func hostileListing(path: String) async throws {
    let copy = try TestCopy(try await Blocks.plain())
    copy.source.behaviour.lists = [
      ListedObject(key: "\(raw)/\(path)", attributes: ObjectAttributes(size: 1, modified: nil, etag: nil))
    ]
    let planned = try await decision(copy, of: raw)
    #expect(planned.name == "damaged in the source" && planned.reason.contains("no name inside a block"))
    let outcomes = try await copy.run()
    #expect(outcomes[0].contains("failed: ") && outcomes[1].hasSuffix("copied"))
    #expect(try await copy.destination.contents().keys.allSatisfy { !$0.hasPrefix(raw) })
  }

  @Test("what meta.json lists has to be in the listing; no key is made of it", arguments: [
    (#""rel_path":"../../etc/passwd","size_bytes":1"#, "../../etc/passwd is missing"),
    (#""rel_path":"chunks/000009","size_bytes":1"#, "chunks/000009 is missing"),
    (#""rel_path":"index","size_bytes":1"#, "and should have 1"),
  ])
  func hostileFiles(entry: String, reason: String) async throws {
    let copy = try TestCopy(try await Blocks.plain())
    let text = String(decoding: try await copy.source.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
    let section = try #require(text.firstRange(of: #""thanos": {"#))
    let rest = text[section.upperBound...].replacing(#""files""#, with: #""old_files""#)
    let changed = text[..<section.upperBound] + "\"files\": [{\(entry)}]," + rest
    try await copy.source.write(String(changed), to: "\(raw)/meta.json")
    let planned = try await decision(copy, of: raw)
    #expect(planned.name == "damaged in the source" && planned.reason.contains(reason), "\(planned.reason)")
  }

  @Test("a meta.json that cannot be read fails its block alone")
  func unreadable() async throws {
    let copy = try TestCopy(try await Blocks.plain())
    try await copy.source.write("{", to: "\(raw)/meta.json")
    let outcomes = try await copy.run()
    #expect(outcomes.count == 3 && outcomes.filter { $0.hasSuffix("copied") }.count == 2)
    #expect(outcomes[2].hasPrefix("\(raw) failed: "))
  }

  @Test("a block that the destination's compactor has merged is not copied again")
  func compacted() async throws {
    let copy = try TestCopy(try await Blocks.plain())
    let larger = "01M81B08HN0JE90AJ4DW4J7HZZ"
    let text = String(decoding: try await copy.source.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
    // The raw block's own ULID stays among the sources of the other.
    let own = "\"ulid\": \"\(raw)\""
    #expect(text.contains(own))
    try await copy.destination.write(
      text.replacing(own, with: "\"ulid\": \"\(larger)\""), to: "\(larger)/meta.json")
    let planned = try await decision(copy, of: raw)
    #expect(planned.name == "already there" && planned.reason.contains(larger), "\(planned.reason)")
  }

  @Test("resolutions, levels and labels choose blocks, and the others are counted")
  func selection() async throws {
    var copy = try TestCopy(try await Blocks.plain())
    copy.options.resolutions = [.fiveMinutes]
    var plan = try await copy.plan()
    #expect(plan.blocks.map(\.ulid.description) == [fiveMinutes] && plan.unselected == 2)
    copy.options.resolutions = []
    copy.options.levels = [7]
    plan = try await copy.plan()
    #expect(plan.blocks.isEmpty && plan.unselected == 3)
    copy.options.levels = []
    copy.options.selection.selector = try LabelSelector(parsing: [#"{cluster="none"}"#])
    #expect(try await copy.plan().blocks.isEmpty)
    copy.options.selection = BlockSelection(ids: [try #require(ULID("01M81B08HN0JE90AJ4DW4J7ZZZ"))])
    await #expect(throws: UnknownSourceBlocks.self) { try await copy.plan() }
  }

  @Test("a block of the destination alone with the same labels and time is warned of")
  func overlap() async throws {
    let copy = try TestCopy(try await Blocks.plain())
    let other = "01M81B08HN0JE90AJ4DW4J7HZZ"
    let text = String(decoding: try await copy.source.read("\(raw)/meta.json", limit: 1 << 20), as: UTF8.self)
    try await copy.destination.write(text.replacing(raw, with: other), to: "\(other)/meta.json")
    let plan = try await copy.plan()
    #expect(plan.blocks.map(\.warnings.count) == [1, 0, 0])
    #expect(plan.blocks[0].warnings[0].contains(other))
    #expect(CopyPlanReport(plan, rate: ExpectedRate(1 << 20, .given)).text(.table).contains("about 4s at 1.00 MiB/s"))
  }
}
