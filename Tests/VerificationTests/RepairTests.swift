import Console
import Delivery
import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing
import Thanos
import Verification

@Suite("repair")
struct RepairTests {
  private static let raw = Shipment.raw
  private static let segment = "\(raw)/chunks/000001"
  private static let index = "\(raw)/index"
  private static let meta = "\(raw)/meta.json"

  /// Verifies, and repairs what was found.
  private struct Run {
    let status: Console.ExitStatus
    let lines: [String]
  }

  private func repair(
    _ shipment: Shipment, _ state: TemporaryFolder, isRehearsal: Bool = false,
    _ change: (inout VerificationOptions) -> Void = { _ in }
  ) async throws -> Run {
    var options = VerificationOptions(level: .checksum)
    change(&options)
    var candidates = RepairCandidates()
    try await Verification(shipment.copy, options: options, logger: silent).run(checked: { candidates.add($0) })
    let found: Console.ExitStatus = candidates.blocks.isEmpty && !candidates.hasOthers ? .good : .findings
    let repair = try await Repair(
      folder: shipment.data.path, bucket: shipment.bucket, options: options, stateFolder: state.path,
      isRehearsal: isRehearsal, logger: silent)
    var text = ""
    let status = try await repair.run(candidates, after: found) { text += $0 }
    return Run(status: status, lines: text.split(separator: "\n").map(String.init))
  }

  private func kept(_ state: TemporaryFolder) throws -> [String] {
    try DataFolder.files(below: state.path).filter { $0.hasSuffix("meta.json") }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let sent: [String]
    let apply: @Sendable (StoreBucket) -> Void
    var testDescription: String { name }
  }

  @Test("what is missing or differs is sent again, between meta.json's leaving and its return", arguments: [
    Damage(name: "a missing segment", sent: [segment]) { $0[segment] = nil },
    Damage(name: "a damaged index", sent: [index]) { $0.flip(index, at: 9000) },
    Damage(name: "an object cut off", sent: [segment]) { $0[segment]?.bytes.removeLast() },
    Damage(name: "both", sent: [index, segment]) {
      $0.flip(segment, at: 5000)
      $0[index] = nil
    },
  ])
  func objects(_ damage: Damage) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    let (bucket, before) = (shipment.bucket, shipment.bucket[Self.meta]?.bytes)
    damage.apply(bucket)
    bucket.forgetLog()
    let run = try await repair(shipment, state)
    #expect(run.status == .good, "\(run.lines)")
    #expect(run.lines.contains("repaired: \(Self.raw)"))
    #expect(Set(bucket.requested(.put)) == Set(damage.sent + [Self.meta]) && bucket.requested(.put).last == Self.meta)
    #expect(bucket.requested(.delete) == [Self.meta])
    // Taken away before anything was sent.
    #expect(bucket.order(of: .delete, Self.meta) < bucket.order(of: .put, damage.sent[0]))
    for key in [Self.segment, Self.index] { #expect(try bucket[key]?.bytes == shipment.data.read(key)) }
    #expect(bucket[Self.meta]?.bytes == before)
    #expect(try await verify(shipment.copy, .full).ids.isEmpty && kept(state).isEmpty)
  }

  @Test("a rehearsal says the same and does nothing")
  func rehearsal() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    let run = try await repair(shipment, state, isRehearsal: true)
    #expect(run.status == .findings && shipment.bucket.count(.put) == 0 && shipment.bucket.requested(.delete).isEmpty)
    #expect(run.lines == [
      "repair: \(Self.raw): meta.json: take it away, and put it back last",
      "repair: \(Self.raw): chunks/000001: send 105 KiB: the bucket does not have it",
      "would repair 1 blocks, sending 1 objects (105 KiB); 0 cannot be repaired",
    ])
    // Not even a folder.
    #expect(try Directory.entries(of: state.path).isEmpty)
  }

  @Test("a bad local block repairs nothing, and nothing is deleted")
  func badLocalBlock() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    try shipment.data.flip(Self.index, at: 9000)
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.lines.contains { $0.contains("the local block is not good itself: index-crc-mismatch") })
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
  }

  @Test("what no local file can put right is left alone and named", arguments: [
    Damage(name: "deletion", sent: ["it is marked for deletion"]) { $0["\(raw)/deletion-mark.json"] = StoreBucket.Object([1]) },
    Damage(name: "meta", sent: ["its meta.json in the bucket cannot be read"]) { $0[meta] = StoreBucket.Object([1]) },
    Damage(name: "no meta", sent: ["the bucket has no meta.json of it"]) { $0[meta] = nil },
  ])
  func refused(_ damage: Damage) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    damage.apply(shipment.bucket)
    var candidates = RepairCandidates()
    var report = BlockReport(try #require(ULID(Self.raw)))
    report.findings = [Finding(.missingObject, block: report.ulid, file: Self.segment, "gone")]
    candidates.add(report)
    var text = ""
    let status = try await Repair(
      folder: shipment.data.path, bucket: shipment.bucket, options: VerificationOptions(), stateFolder: state.path,
      logger: silent
    ).run(candidates, after: .findings) { text += $0 }
    #expect(status == .findings && text.contains(damage.sent[0]), "\(text)")
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
  }

  @Test("strays are not deleted, and keep the status")
  func strays() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket["\(Self.raw)/chunks/000002"] = StoreBucket.Object([1])
    shipment.bucket[Self.index] = nil
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.lines.contains("repaired: \(Self.raw)"), "\(run.lines)")
    #expect(shipment.bucket["\(Self.raw)/chunks/000002"] != nil && shipment.bucket.requested(.delete) == [Self.meta])
  }

  @Test("a meta.json that is wrong is written from the local one, with the bucket's labels and whatever else Thanos put there")
  func wrongMeta() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.editMeta("f1d8b46f", "01d8b46f")
    shipment.editMeta("\"numSeries\": 120", "\"numSeries\": 119")
    shipment.editMeta("\"source\": \"sidecar\"", "\"source\": \"sidecar\", \"extensions\": {\"mine\": 12345678901234567890}")
    let run = try await repair(shipment, state)
    #expect(run.status == .good, "\(run.lines)")
    // Written over: nothing was mixed up, so it need not be away.
    #expect(shipment.bucket.requested(.delete).isEmpty && shipment.bucket.requested(.put) == [Self.meta])
    #expect(try await verify(shipment.copy, .full).ids.isEmpty)
    let text = String(decoding: shipment.bucket[Self.meta]?.bytes ?? [], as: UTF8.self)
    #expect(text.contains("12345678901234567890") && text.contains("\"eu1\"") && text.contains("f1d8b46f"))
  }

  @Test("a repair that was broken off goes on, with the meta.json that it kept")
  func brokenOff() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    let before = shipment.bucket[Self.meta]?.bytes
    shipment.bucket[Self.segment] = nil
    shipment.bucket.fail(.put, Self.segment, .unavailable)
    let first = try await repair(shipment, state)
    #expect(first.status == .findings && shipment.bucket[Self.meta] == nil)
    let path = try #require(try kept(state).first)
    #expect(first.lines.contains { $0.contains("its meta.json is away from the bucket and kept in \(path): run this again to go on: verify --tsdb.path") }, "\(first.lines)")
    shipment.bucket.mend()
    let second = try await repair(shipment, state)
    #expect(second.status == .good && second.lines.contains { $0.contains("which an earlier repair took away") }, "\(second.lines)")
    #expect(shipment.bucket[Self.meta]?.bytes == before)
    #expect(try await verify(shipment.copy, .full).ids.isEmpty && kept(state).isEmpty)
  }

  @Test("killed after meta.json was put back, what was kept is forgotten")
  func keptTooLong() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    shipment.bucket.fail(.put, Self.segment, .unavailable)
    _ = try await repair(shipment, state)
    shipment.bucket.mend()
    let other = try Shipment()
    shipment.bucket[Self.meta] = other.bucket[Self.meta]
    let run = try await repair(shipment, state)
    #expect(run.status == .good && shipment.bucket.requested(.delete).count == 2, "\(run.lines)")
    #expect(try kept(state).isEmpty)
  }

  @Test("an object that does not arrive as it was sent keeps meta.json away")
  func notArrived() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    shipment.bucket.corrupt(Self.segment)
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.lines.contains { $0.contains("was sent, and the bucket does not have it") }, "\(run.lines)")
    #expect(shipment.bucket[Self.meta] == nil)
    #expect(try kept(state).count == 1)
  }

  @Test("two repairs of one bucket do not meet")
  func locked() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    _ = try await repair(shipment, state)
    shipment.bucket[Self.segment] = nil
    let lock = try FileLock(try #require(try DataFolder.files(below: state.path).first { $0.hasSuffix("/lock") }))
    await #expect(throws: StateError.self) { _ = try await repair(shipment, state) }
    lock.release()
    #expect(try await repair(shipment, state).status == .good)
  }

  @Test("nothing found, nothing done")
  func nothing() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    let run = try await repair(shipment, state)
    #expect(run.status == .good && run.lines == ["nothing to repair"])
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
  }
}
