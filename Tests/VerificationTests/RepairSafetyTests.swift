import Console
import Delivery
import Fixtures
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos
import Verification

/// What a repair must never do: send what was not checked, write over somebody else's data, hide a block for nothing.
@Suite("repair, and what it must not do")
struct RepairSafetyTests {
  private static let raw = Shipment.raw
  private static let segment = "\(raw)/chunks/000001"
  private static let index = "\(raw)/index"
  private static let meta = "\(raw)/meta.json"
  private static let tombstones = "\(raw)/tombstones"

  private struct Run {
    let status: Console.ExitStatus
    let lines: [String]
    func says(_ words: String) -> Bool { lines.contains { $0.contains(words) } }
  }

  private func command(_ shipment: Shipment, _ state: TemporaryFolder) -> RepairCommand {
    RepairCommand(folder: shipment.data.path, configFile: "my bucket.yml", stateFolder: state.path)
  }

  private func kept(_ shipment: Shipment, _ state: TemporaryFolder) -> KeptMetas {
    KeptMetas(root: state.path, bucket: shipment.bucket, command: command(shipment, state))
  }

  /// - Parameter meanwhile: called when all blocks have been checked and before the first is repaired.
  private func repair(
    _ shipment: Shipment, _ state: TemporaryFolder, bucket: StoreBucket? = nil, isRehearsal: Bool = false,
    downloads: Bool = true, meanwhile: () throws -> Void = {}
  ) async throws -> Run {
    let bucket = bucket ?? shipment.bucket
    var options = VerificationOptions(level: .checksum)
    options.downloads = downloads
    options.kept = kept(shipment, state)
    var candidates = RepairCandidates()
    let subject = Verification.Subject.copy(folder: shipment.data.path, bucket: bucket)
    try await Verification(subject, options: options, logger: silent).run(checked: { candidates.add($0) })
    bucket.forgetLog()
    let found: Console.ExitStatus = candidates.blocks.isEmpty && !candidates.hasOthers ? .good : .findings
    let repair = try await Repair(
      folder: shipment.data.path, bucket: bucket, options: options, stateFolder: state.path,
      isRehearsal: isRehearsal, command: command(shipment, state), logger: silent)
    var (text, isFirst) = ("", true)
    let status = try await repair.run(candidates, after: found) {
      text += $0
      if isFirst, $0.hasPrefix("repair: ") {
        isFirst = false
        try meanwhile()
      }
    }
    return Run(status: status, lines: text.split(separator: "\n").map(String.init))
  }

  private func keptFiles(_ state: TemporaryFolder) throws -> [String] {
    try DataFolder.files(below: state.path).filter { $0.hasSuffix("meta.json") }
  }

  // MARK: The local block changes

  @Test("files that are no longer those that were checked are not sent, and nothing is changed", arguments: [
    segment, index, meta,
  ])
  func changed(_ file: String) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    let before = shipment.bucket[Self.meta]?.bytes
    let run = try await repair(shipment, state) {
      if file == Self.meta {
        let text = String(decoding: try shipment.data.read(file), as: UTF8.self)
        try shipment.data.write(Array(text.replacing("\"numSeries\": 120", with: "\"numSeries\": 121").utf8), to: file)
      } else {
        try shipment.data.flip(file, at: 5000)
      }
    }
    #expect(run.status == .findings && run.says("not repaired: \(Self.raw): the local block is not what it was"), "\(run.lines)")
    #expect(run.says("nothing was changed in the bucket"))
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
    #expect(shipment.bucket[Self.meta]?.bytes == before && shipment.bucket[Self.segment] == nil)
  }

  @Test("a local block that vanishes takes nothing with it")
  func vanished() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    let run = try await repair(shipment, state) { try shell("rm -r '\(shipment.data.path)/\(Self.raw)'") }
    #expect(run.status == .findings && run.says("nothing was changed in the bucket"), "\(run.lines)")
    #expect(shipment.bucket[Self.meta] != nil && shipment.bucket.requested(.delete).isEmpty)
    #expect(try keptFiles(state).isEmpty)
  }

  @Test("files written into while they are sent do not come to be in the bucket")
  func changedWhileSent() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    let before = shipment.bucket[Self.meta]?.bytes
    let path = "\(shipment.data.path)/\(Self.segment)"
    // In place: the open file has the new bytes too.
    shipment.bucket.before(.put, Self.segment) {
      try shell("printf X | dd of='\(path)' bs=1 seek=5000 conv=notrunc 2>/dev/null")
    }
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("was written into while it was sent; nothing was changed"), "\(run.lines)")
    #expect(shipment.bucket[Self.segment] == nil && shipment.bucket[Self.meta]?.bytes == before)
    #expect(try keptFiles(state).isEmpty)
  }

  @Test("a block that vanishes in the middle of its repair is repaired all the same")
  func vanishedMeanwhile() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    let bytes = shipment.bucket[Self.segment]?.bytes
    shipment.bucket[Self.segment] = nil
    shipment.bucket.before(.delete, Self.meta) { try shell("rm -r '\(shipment.data.path)/\(Self.raw)'") }
    _ = try await repair(shipment, state)
    #expect(shipment.bucket[Self.meta] != nil && shipment.bucket[Self.segment]?.bytes == bytes)
    #expect(try keptFiles(state).isEmpty)
  }

  // MARK: Rights

  @Test("a key that may delete and not write changes nothing", arguments: [meta, segment])
  func refusedPut(_ key: String) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    let before = shipment.bucket[Self.meta]?.bytes
    shipment.bucket[Self.segment] = nil
    shipment.bucket.fail(.put, key, .accessDenied)
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("nothing was changed in the bucket") && !run.says("run this again"), "\(run.lines)")
    #expect(shipment.bucket[Self.meta]?.bytes == before && shipment.bucket.requested(.delete).isEmpty == (key == Self.meta))
    #expect(try keptFiles(state).isEmpty)
  }

  @Test("without downloads nothing is read back")
  func noDownload() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    shipment.bucket.corrupt(Self.segment)
    let run = try await repair(shipment, state, downloads: false)
    #expect(run.status == .findings && shipment.bucket.count(.get) == 0, "\(run.lines)")
  }

  // MARK: Another block

  @Test("another block of the same name is not written over", arguments: ["maxTime", "stats", "sources", "hash"])
  func another(_ what: String) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    switch what {
    case "maxTime": try edit(shipment, "\"maxTime\": ", "\"maxTime\": 1")
    case "stats": try edit(shipment, "\"numSeries\": 120", "\"numSeries\": 119")
    case "sources": try edit(shipment, "\"sources\": [", "\"sources\": [\n\"01DXXFZDYD1MQW6079WK0K6EDQ\",")
    default: try edit(shipment, "f1d8b46f", "01d8b46f")
    }
    shipment.bucket.flip(Self.segment, at: 5000)
    shipment.bucket.flip(Self.index, at: 9000)
    let before = shipment.bucket[Self.segment]?.bytes
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("another block of the same name"), "\(run.lines)")
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
    #expect(shipment.bucket[Self.segment]?.bytes == before)
  }

  private func edit(_ shipment: Shipment, _ old: String, _ new: String) throws {
    let before = shipment.bucket[Self.meta]?.bytes
    shipment.editMeta(old, new)
    #expect(shipment.bucket[Self.meta]?.bytes != before)
  }

  @Test("a block that somebody else changed or marked since it was looked at is left to them", arguments: [true, false])
  func changedThere(_ isMarked: Bool) async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    let run = try await repair(shipment, state) {
      if isMarked {
        shipment.bucket["\(Self.raw)/deletion-mark.json"] = StoreBucket.Object([1])
      } else {
        shipment.bucket[Self.meta] = nil
      }
    }
    #expect(run.status == .findings && run.says("the bucket's block is not what it was"), "\(run.lines)")
    #expect(run.says("nothing was changed in the bucket") && (shipment.bucket[Self.meta] != nil) == isMarked)
    #expect(shipment.bucket.requested(.put).isEmpty && shipment.bucket.requested(.delete).isEmpty)
  }

  @Test("a thanos section that contradicts itself is named with the reason, and keeps the status")
  func implausible() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    try edit(shipment, "\"000001\"", "\"000002\"")
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("not repaired: \(Self.raw): no local file puts right"), "\(run.lines)")
    #expect(run.says("thanos.segment_files") && shipment.bucket.requested(.put).isEmpty)
  }

  @Test("tombstones that differ are named, and keep the status")
  func tombstones() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    var bytes = try shipment.data.read(Self.tombstones)
    bytes[bytes.count - 1] ^= 1
    shipment.bucket[Self.tombstones] = StoreBucket.Object(bytes)
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("not repaired: \(Self.raw)") && run.says("Thanos does not read tombstones"), "\(run.lines)")
    #expect(shipment.bucket.requested(.put).isEmpty)
  }

  // MARK: Interrupted

  private func interrupted() async throws -> (Shipment, TemporaryFolder, Run) {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    shipment.bucket.fail(.put, Self.segment, .unavailable)
    let run = try await repair(shipment, state)
    shipment.bucket.mend()
    return (shipment, state, run)
  }

  @Test("whoever interrupts a repair, and whoever verifies afterwards, is told where meta.json is and how to go on")
  func told() async throws {
    let (shipment, state, run) = try await interrupted()
    let path = try #require(try keptFiles(state).first)
    let command = "verify --tsdb.path \(shipment.data.path) --objstore.config-file 'my bucket.yml' --id \(Self.raw)"
      + " --state-dir \(state.path) --repair"
    #expect(run.says(path) && run.says(command), "\(run.lines)")
    for subject in [shipment.copy, shipment.alone] {
      let kept = kept(shipment, state)
      let found = try await verify(subject) { $0.kept = kept }.findings
      #expect(found.contains { $0.id == .partialUpload && $0.message.contains(path) && $0.message.contains(command) }, "\(found)")
    }
  }

  @Test("an interrupt says what it left")
  func interrupt() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.bucket[Self.segment] = nil
    shipment.bucket.before(.put, Self.segment) { throw CancellationError() }
    var candidates = RepairCandidates()
    try await Verification(shipment.copy, logger: silent).run(checked: { candidates.add($0) })
    var text = ""
    await #expect(throws: CancellationError.self) {
      _ = try await Repair(
        folder: shipment.data.path, bucket: shipment.bucket, options: VerificationOptions(), stateFolder: state.path,
        logger: silent
      ).run(candidates, after: .findings) { text += $0 }
    }
    let path = try #require(try keptFiles(state).first)
    #expect(text.contains("interrupted; its meta.json is away from the bucket and kept in \(path): run this again"), "\(text)")
  }

  @Test("an interrupted block that is no longer local is named by every run after")
  func interruptedAndGone() async throws {
    let (shipment, state, _) = try await interrupted()
    let path = try #require(try keptFiles(state).first)
    try shell("rm -r '\(shipment.data.path)/\(Self.raw)'")
    let kept = kept(shipment, state)
    let found = try await verify(shipment.copy) { $0.kept = kept }.findings
    #expect(found.contains { $0.id == .partialUpload && $0.message.contains(path) }, "\(found)")
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("not repaired: \(Self.raw): the local block is gone") && run.says(path), "\(run.lines)")
  }

  @Test("what is kept is found when the bucket's endpoint is another one")
  func otherEndpoint() async throws {
    let (shipment, state, _) = try await interrupted()
    let moved = StoreBucket(location: "memory at another endpoint")
    for key in shipment.bucket.keys { moved[key] = shipment.bucket[key] }
    let run = try await repair(shipment, state, bucket: moved)
    #expect(run.status == .good && moved[Self.meta] != nil, "\(run.lines)")
    #expect(try keptFiles(state).isEmpty)
  }

  @Test("what is kept never comes back over a meta.json that was there since", arguments: [true, false])
  func neverTwice(_ isSeen: Bool) async throws {
    let (shipment, state, _) = try await interrupted()
    let old = try #require(try keptFiles(state).first.map { try OpenFile($0).readAll(limit: 1 << 20) })
    // Sent anew with other labels.
    let ulid = try #require(ULID(Self.raw))
    shipment.bucket[Self.segment] = try Shipment().bucket[Self.segment]
    shipment.bucket[Self.meta] = StoreBucket.Object(old)
    shipment.editMeta("\"cluster\": \"", "\"cluster\": \"other")
    if isSeen {
      let run = try await repair(shipment, state)
      #expect(run.status == .good && run.lines == ["nothing to repair"], "\(run.lines)")
    } else {
      // What backfill does with every block that it sends.
      try KeptMetaFiles(root: state.path, bucket: shipment.bucket).supersede(ulid)
    }
    shipment.bucket[Self.meta] = nil
    shipment.bucket[Self.segment] = nil
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("the bucket has no meta.json of it"), "\(run.lines)")
    #expect(shipment.bucket[Self.meta] == nil)
    let found = try await verify(shipment.copy) { $0.kept = kept(shipment, state) }.findings
    #expect(!found.contains { $0.message.contains("--repair took it away") }, "\(found)")
  }

  @Test("a kept meta.json that cannot be read is named by its place")
  func keptIsTorn() async throws {
    let (shipment, state, _) = try await interrupted()
    let path = try #require(try keptFiles(state).first)
    try AtomicFile.write([0x7b], to: path)
    let run = try await repair(shipment, state)
    #expect(run.status == .findings && run.says("kept in \(path), cannot be read") && run.says("delete that file"), "\(run.lines)")
  }

  @Test("state has no place in what is verified, and that is said before anything is checked")
  func statePlace() async throws {
    let (shipment, folder) = (try Shipment(), try TemporaryFolder())
    let bucket = FileSystemBucket(directory: folder.path)
    for place in ["\(shipment.data.path)/state", "\(folder.path)/state"] {
      let error = await #expect(throws: StateError.self) {
        _ = try await Repair(
          folder: shipment.data.path, bucket: bucket, options: VerificationOptions(), stateFolder: place, logger: silent)
      }
      #expect(error?.exitStatus == .usage && error.map { "\($0)".contains(place) } == true)
    }
    #expect(try DataFolder.files(below: folder.path).isEmpty)
  }

  @Test("what is kept is the bucket's own meta.json, not the one it will get")
  func ownBytes() async throws {
    let (shipment, state) = (try Shipment(), try TemporaryFolder())
    shipment.editMeta("\"version\": 1", "\"version\": 1, \"mine\": 5")
    let before = shipment.bucket[Self.meta]?.bytes
    shipment.bucket[Self.segment] = nil
    shipment.bucket.fail(.put, Self.segment, .unavailable)
    _ = try await repair(shipment, state)
    #expect(try OpenFile(try #require(try keptFiles(state).first)).readAll(limit: 1 << 20) == before)
  }

  @Test("a rehearsal keeps what is kept, though the bucket has meta.json again")
  func rehearsal() async throws {
    let (shipment, state, _) = try await interrupted()
    shipment.bucket[Self.meta] = try Shipment().bucket[Self.meta]
    _ = try await repair(shipment, state, isRehearsal: true)
    #expect(try keptFiles(state).count == 1)
  }

  @Test("blocks that the budget left no time for are named")
  func budget() async throws {
    let (shipment, state) = (try Shipment(DataFolder.rawBlocks), try TemporaryFolder())
    var (options, candidates) = (VerificationOptions(level: .checksum), RepairCandidates())
    options.concurrency = 1
    let run = VerificationRun(
      shipment.copy, options: options, rolling: RollingOptions(budget: .bytes(1)), progress: .none,
      logger: silent)
    _ = try await run.run(candidates: &candidates) { _ in }
    #expect(candidates.unseen.count == 2)
    var text = ""
    _ = try await Repair(
      folder: shipment.data.path, bucket: shipment.bucket, options: options, stateFolder: state.path, logger: silent
    ).run(candidates, after: .good) { text += $0 }
    for ulid in candidates.unseen { #expect(text.contains("not looked at: \(ulid)")) }
  }

  @Test("the explanation of an unfinished upload tells of the repair before anything clears it away")
  func explanation() throws {
    let text = try FindingCatalogue.explanation(of: "partial-upload", .table)
    let (repair, cleanup) = (text.ranges(of: "--repair").first, text.ranges(of: "bucket cleanup").first)
    #expect(try #require(repair).lowerBound < (try #require(cleanup)).lowerBound)
  }
}
