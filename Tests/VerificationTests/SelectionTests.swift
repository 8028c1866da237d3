import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos
import Verification

@Suite("which blocks are verified, and in what order")
struct SelectionTests {
  private static let all = [Shipment.old, Shipment.xor2, Shipment.raw].sorted()

  private func blocks(_ subject: Verification.Subject, _ selection: BlockSelection) async throws -> [String] {
    try await verify(subject, .presence) { $0.selection = selection }.blocks.map(\.ulid.description)
  }

  @Test("by name, by time and by labels, in each situation")
  func selections() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    let named = BlockSelection(ids: [try #require(ULID(Shipment.raw))])
    let late = BlockSelection(minTime: 1_700_000_000_000)
    let early = BlockSelection(maxTime: 1_000_000_000)
    let labelled = BlockSelection(selector: try LabelSelector(parsing: ["{cluster=\"eu1\"}"]))
    let others = BlockSelection(selector: try LabelSelector(parsing: ["{cluster!=\"eu1\"}"]))
    for subject in [shipment.folder, shipment.alone, shipment.copy] {
      #expect(try await blocks(subject, .all) == Self.all)
      #expect(try await blocks(subject, named) == [Shipment.raw])
      #expect(try await blocks(subject, late) == [Shipment.raw, Shipment.xor2])
      #expect(try await blocks(subject, early) == [Shipment.old])
    }
    #expect(try await blocks(shipment.alone, labelled) == Self.all)
    #expect(try await blocks(shipment.alone, others) == [])
    #expect(try await blocks(shipment.copy, labelled) == Self.all)
    #expect(try await blocks(shipment.copy, others) == [])
    // Prometheus' own blocks have no external labels.
    #expect(try await blocks(shipment.folder, labelled) == [])
    #expect(try await blocks(shipment.folder, others) == Self.all)
  }

  @Test("a local block that is not in the bucket is no block of other labels")
  func unknownLabels() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    for key in shipment.bucket.keys where key.hasPrefix(Shipment.raw) { shipment.bucket[key] = nil }
    let verified = try await verify(shipment.copy, .presence) {
      $0.selection.selector = (try? LabelSelector(parsing: ["{cluster=\"eu2\"}"])) ?? .all
    }
    #expect(verified.ids == [.missingBlock] && verified.blocks.map(\.ulid.description) == [Shipment.raw])
  }

  @Test("what cannot be read is not excluded by what it would say")
  func unreadable() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    try shipment.data.write([], to: "\(Shipment.raw)/meta.json")
    shipment.bucket["\(Shipment.raw)/meta.json"] = StoreBucket.Object([])
    let early = BlockSelection(maxTime: 1_000_000_000)
    #expect(try await blocks(shipment.folder, early) == [Shipment.old, Shipment.raw])
    #expect(try await blocks(shipment.alone, early) == [Shipment.old, Shipment.raw])
  }

  @Test("a block that was asked for by name and is not there is missing; one that other conditions exclude is not")
  func missing() async throws {
    let shipment = try Shipment()
    let gone = try #require(ULID("01HF5EN80000000000000000K0"))
    for subject in [shipment.folder, shipment.alone, shipment.copy] {
      let verified = try await verify(subject, .presence) { $0.selection = BlockSelection(ids: [gone]) }
      #expect(verified.ids == [.missingBlock] && verified.findings[0].file == "\(gone)/")
      let excluded = try await verify(subject, .presence) {
        $0.selection = BlockSelection(ids: ULID(Shipment.raw).map { [$0] } ?? [], maxTime: 0)
      }
      #expect(excluded.ids.isEmpty && excluded.blocks.isEmpty)
    }
  }

  @Test("blocks and objects are looked at at a time, as many as permitted, and reported in their order")
  func concurrency() async throws {
    for width in [1, 2, 8] {
      let shipment = try Shipment(DataFolder.rawBlocks, delay: .milliseconds(30))
      let verified = try await verify(shipment.alone) { $0.concurrency = width }
      #expect(verified.ids.isEmpty && verified.blocks.map(\.ulid.description) == Self.all)
      #expect(verified.blocks.allSatisfy { $0.seconds > 0 })
      // Six objects in three blocks.
      #expect(width == 8 ? 4...6 ~= shipment.bucket.mostOpen : shipment.bucket.mostOpen == width)
    }
  }

  @Test("a slow block does not hold those behind it up, and keeps its place in the report")
  func slowFirst() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    shipment.bucket.slow(Self.all[0], by: .milliseconds(300))
    let verified = try await verify(shipment.alone)
    #expect(verified.ids.isEmpty && verified.blocks.map(\.ulid.description) == Self.all)
    let gets = shipment.bucket.requested(.get).filter { !$0.hasSuffix("meta.json") }
    #expect(gets.count == 6 && Set(gets.prefix(3).map { $0.prefix(26) }).count > 1)
  }

  /// Takes the last block first, and one block only.
  private struct LastOnly: BlockSchedule {
    let last: ULID
    func order(_ blocks: [ULID], of all: [ULID]?) -> [ULID] { blocks.reversed() }
    func begins(_ ulid: ULID, size: UInt64?) -> Bool { ulid == last }
  }

  @Test("a schedule decides the order, and when it is enough")
  func schedule() async throws {
    let shipment = try Shipment(DataFolder.rawBlocks)
    var seen: [String] = []
    var count = 0
    let last = try #require(Self.all.last.flatMap { ULID($0) })
    try await Verification(shipment.folder, logger: silent).run(
      schedule: LastOnly(last: last), begin: { blocks, _ in count = blocks }, checked: { seen.append($0.ulid.description) })
    #expect(seen == [Self.all.last] && count == 3)
  }
}
