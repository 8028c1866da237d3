import Console
import Fixtures
import ObjectStore
import Platform
@testable import Shipping
import TSDB
import Testing
import Thanos

/// An archive of a test's own, a folder to unpack it to, and a bucket.
struct ArchiveRun {
  let folder: TemporaryFolder
  let bucket: TestBucket
  var archive: String { "\(folder.path)/backup" }
  var scratch: String { "\(folder.path)/scratch" }

  init() throws {
    folder = try TemporaryFolder()
    bucket = try TestBucket()
  }

  init(_ bytes: [UInt8]) throws {
    try self.init()
    try AtomicFile.write(bytes, to: archive)
  }

  /// The blocks of the fixtures as the files of a tar, in the given order.
  static func files(
    _ blocks: [String] = DataFolder.rawBlocks, below parent: String = "data"
  ) throws -> [(name: String, content: [UInt8])] {
    try blocks.flatMap { block in
      let root = "\(Fixtures.root)/\(block)"
      return try DataFolder.files(below: root).map { file in
        let name = "\(parent)/\(block.split(separator: "/").last ?? "")\(file.dropFirst(root.count))"
        return (name, try OpenFile(file).readAll(limit: 1 << 30))
      }
    }
  }

  func run(limit: UInt64 = 1 << 30, check: BlockCheck.Depth = .index) async throws -> BackfillReport {
    try await prepared(limit, check).run()
  }

  func prepared(_ limit: UInt64, _ check: BlockCheck.Depth) throws -> BackfillRun {
    var options = BackfillOptions.overlapping
    options.check = check
    options.stateFolder = bucket.state
    return BackfillRun(
      path: archive, scratch: Scratch(folder: scratch, limit: limit), bucket: bucket, labels: try .of("cluster=eu1"),
      options: options, progress: .none, logger: silent)
  }

  /// The blocks that the bucket has with their meta.json, each compared with the fixture byte for byte.
  func arrived(_ blocks: [String] = DataFolder.rawBlocks) async throws -> Set<String> {
    var arrived: Set<String> = []
    for block in blocks {
      let ulid = String(block.suffix(26))
      guard try await bucket.exists("\(ulid)/meta.json") else { continue }
      for file in ["index", "chunks/000001"] {
        #expect(try await bucket.read("\(ulid)/\(file)", limit: 1 << 30) == (try Fixtures.bytes("\(block)/\(file)")))
      }
      arrived.insert(ulid)
    }
    return arrived
  }

  /// The unpacked blocks are gone.
  func expectNoScratch() throws {
    #expect(try DataFolder.files(below: scratch) == [] && Directory.entries(of: scratch).isEmpty)
  }
}

@Suite("backfill from an archive")
struct BackfillArchiveTests {
  static let (old, raw, xor2) = (BackfillTests.old, BackfillTests.raw, BackfillTests.xor2)

  @Test(
    "every block arrives byte for byte, oldest first, whatever the archive is packed with", arguments: Packing.allCases,
    [
      "", "prometheus", "/var/lib/prometheus/data",
    ])
  func arrival(packing: Packing, parent: String) async throws {
    let files = try ArchiveRun.files(DataFolder.rawBlocks.reversed(), below: parent.isEmpty ? "." : parent)
    let run = try ArchiveRun(packing.pack(TarBuilder.tar(files)))
    let report = try await run.run()
    #expect(report.status == .good && report.text(.table).contains("3 uploaded"))
    #expect(try await run.arrived() == [Self.old, Self.raw, Self.xor2])
    // A block's own files go side by side.
    let puts = run.bucket.puts
    #expect(puts.map { $0.prefix(26) } == [Self.old, Self.raw, Self.xor2].flatMap { Array(repeating: $0.prefix(26), count: 3) })
    #expect([2, 5, 8].allSatisfy { puts[$0].hasSuffix("meta.json") })
    try run.expectNoScratch()
    run.bucket.forgetPuts()
    #expect(try await run.run().text(.table).contains("0 uploaded (0 B), 3 skipped, 0 failed"))
    #expect(run.bucket.puts.isEmpty)
  }

  @Test(
    "archives of the real commands: tar in each of its formats, gzip",
    arguments: ["v7", "oldgnu", "gnu", "ustar", "pax"])
  func commands(format: String) async throws {
    let (data, run) = (try DataFolder(), try ArchiveRun())
    try shell("tar -C \(data.path) --format=\(format) -cf - . | gzip > \(run.archive)")
    #expect(try await run.run().status == .good)
    #expect(try await run.arrived().count == 3)
  }

  @Test("blocks whose files are mixed with each other arrive whole")
  func interleaved() async throws {
    let files = try ArchiveRun.files().sorted { ($0.name.suffix(6), $0.name) < ($1.name.suffix(6), $1.name) }
    let run = try ArchiveRun(TarBuilder.tar(files))
    #expect(try await run.run().status == .good)
    #expect(try await run.arrived().count == 3)
    try run.expectNoScratch()
  }

  @Test("a file that comes twice counts as it came last")
  func replaced() async throws {
    let stale = try ArchiveRun.files([DataFolder.rawBlocks[1]]).map { (name: $0.name, content: [UInt8]([1, 2, 3])) }
    let run = try ArchiveRun(TarBuilder.tar(stale + (try ArchiveRun.files())))
    #expect(try await run.run().status == .good)
    #expect(try await run.arrived().count == 3)
  }

  @Test("sizes that no archive can hold are not added up to small ones")
  func hugeSizes() async throws {
    var builder = TarBuilder()
    let huge = [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7)
    for file in try ArchiveRun.files() { builder.add(file.name, file.content) }
    builder.add("data/01M81B089WZ6FKNMSDPKBMGYCW/meta.json", try Fixtures.bytes("\(DataFolder.rawBlocks[2])/meta.json"))
    builder.add("data/01M81B089WZ6FKNMSDPKBMGYCW/index", size: huge)
    let run = try ArchiveRun(builder.bytes)
    #expect(try await run.run().text(.table).contains("3 uploaded"))
    let file = ArchivedBlock.File(entry: 0, size: .max / 2)
    #expect(ArchivedBlock.total([file, file, file]) == .max)
  }

  @Test("a dry run checks what is in the archive, and writes and leaves nothing")
  func dryRun() async throws {
    var files = try ArchiveRun.files()
    let index = try #require(files.firstIndex { $0.name == "data/\(Self.raw)/index" })
    files[index].content[9000] ^= 0x10
    let run = try ArchiveRun(TarBuilder.tar(files))
    let plan = try await run.prepared(123_000, .index).rehearse(rate: nil)
    #expect(plan.status == .findings)
    let lines = plan.text(.tsv).split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(lines.dropFirst().map { $0[0] } == [Self.old, Self.raw, Self.xor2])
    #expect(lines.dropFirst().map { $0[5] } == ["upload", "corrupt", "upload"])
    #expect(run.bucket.puts.isEmpty)
    try run.expectNoScratch()
    let cut = try ArchiveRun(Array(TarBuilder.tar(try ArchiveRun.files()).dropLast(70_000)))
    let damaged = try await cut.prepared(1 << 30, .none).rehearse(rate: nil)
    #expect(damaged.status == .findings && damaged.text(.table).contains("it was cut off"))
  }

  @Test("with room for one block only they still go in oldest first, in more passes")
  func narrow() async throws {
    for order in [DataFolder.rawBlocks, DataFolder.rawBlocks.reversed()] {
      let run = try ArchiveRun(Packing.zstd.pack(TarBuilder.tar(try ArchiveRun.files(order))))
      #expect(try await run.run(limit: 123_000).status == .good)
      #expect(try await run.arrived().count == 3)
      #expect(
        run.bucket.puts.filter { $0.hasSuffix("meta.json") }
          == [Self.old, Self.raw, Self.xor2].map { "\($0)/meta.json" })
    }
  }

  @Test("a block that exceeds the limit fails, with the flag to raise; the others go in")
  func tooLarge() async throws {
    let run = try ArchiveRun(TarBuilder.tar(try ArchiveRun.files()))
    let report = try await run.run(limit: 100_000)
    #expect(report.status == .findings && report.text(.table).contains("failed: \(Self.raw): it takes 119 KiB unpacked"))
    #expect(report.text(.table).contains("--scratch-limit"))
    #expect(try await run.arrived() == [Self.old, Self.xor2])
    #expect(!run.bucket.puts.contains { $0.hasPrefix(Self.raw) })
  }

  @Test("cut off anywhere, a block is whole in the bucket or has no meta.json", arguments: Packing.allCases)
  func truncated(packing: Packing) async throws {
    let bytes = packing.pack(TarBuilder.tar(try ArchiveRun.files()))
    var most = 0
    for step in 1..<30 {
      let run = try ArchiveRun(Array(bytes[..<(600 + (bytes.count - 1700) * step / 29)]))
      let report = try await run.run()
      #expect(report.status == .findings && report.text(.table).contains("it was cut off"), "\(report.text(.table))")
      most = max(most, try await run.arrived().count)
      try run.expectNoScratch()
    }
    // zstd packs 128 KiB at a time, so that the second block goes with the third.
    #expect(most >= (packing == .zstd ? 1 : 2), "blocks before the cut are not lost")
  }

  @Test("in a cut archive a block without its last segment is held back, though nothing of it looks cut")
  func missingSegment() async throws {
    // The rest of the block would have come behind the cut.
    let files = try ArchiveRun.files().filter { $0.name != "data/\(Self.raw)/chunks/000001" }
    var builder = TarBuilder()
    for file in files { builder.add(file.name, file.content) }
    builder.add("data/\(Self.raw)/chunks/000002", try Fixtures.bytes("\(DataFolder.rawBlocks[2])/chunks/000001"))
    let run = try ArchiveRun(builder.bytes)
    let report = try await run.run(check: .none)
    #expect(report.text(.table).contains("failed: \(Self.raw): chunk-missing: "), "\(report.text(.table))")
    #expect(try await run.arrived() == [Self.old, Self.xor2])
  }

  @Test("a flipped bit in a packed archive never reaches the bucket", arguments: [Packing.gzip, .zstd])
  func corrupt(packing: Packing) async throws {
    let bytes = packing.pack(TarBuilder.tar(try ArchiveRun.files()))
    for step in 0..<20 {
      var damaged = bytes
      damaged[64 + (bytes.count - 128) * step / 20] ^= 0x20
      let run = try ArchiveRun(damaged)
      let report = try await run.run()
      #expect(report.status == .findings, "\(report.text(.table))")
      // `arrived` compares what has a meta.json.
      _ = try await run.arrived()
      try run.expectNoScratch()
    }
  }

  @Test(
    "names that lead elsewhere write nothing elsewhere",
    arguments: [
      "../../\(raw)", "data/../../\(raw)", "/\(raw)", "data/\(raw)/..", "data/\(raw)/chunks/..",
      "data/\(raw)/chunks/../../../../x",
    ])
  func evilNames(parent: String) async throws {
    let run = try ArchiveRun()
    var builder = TarBuilder()
    for name in ["index", "chunks/000009", "000001", "meta.json", "evil"] {
      builder.add("\(parent)/\(name)", Array("evil".utf8))
    }
    for file in try ArchiveRun.files([DataFolder.rawBlocks[0]], below: "/") { builder.add(file.name, file.content) }
    builder.end()
    try AtomicFile.write(builder.bytes, to: run.archive)
    let before = try DataFolder.files(below: run.folder.path)
    _ = try? await run.run()
    #expect(try DataFolder.files(below: run.folder.path) == before)
    _ = try await run.arrived([DataFolder.rawBlocks[1]])
    #expect(!run.bucket.puts.contains { $0.contains("..") || $0.contains("evil") })
  }

  @Test(
    "links and sparse files are no files: their block fails with the way out",
    arguments: [
      ("cp index ../copy && ln -f ../copy index", "a link to copy", "--hard-dereference"),
      ("cp index ../copy && ln -sf ../copy index", "a link to ../copy", "--dereference"),
      ("touch ../copy && truncate -s 4M index", "packed as a sparse file", "without --sparse"),
    ])
  func noFiles(change: String, words: String, way: String) async throws {
    let (data, run) = (try DataFolder(), try ArchiveRun())
    try shell("cd \(data.path)/\(Self.raw) && \(change) && cd .. && tar --sparse -cf \(run.archive) copy 0*")
    let text = try await run.run().text(.table)
    #expect(text.contains("failed: \(Self.raw): \(Self.raw)/index is \(words)"), "\(text)")
    #expect(text.contains(way))
    #expect(try await run.arrived() == [Self.old, Self.xor2])
  }

  @Test("blocks below the data folder, as in snapshots, are left out")
  func snapshots() async throws {
    let files =
      try ArchiveRun.files([DataFolder.rawBlocks[2]], below: "data/snapshots/20260101T000000Z-00")
      + ArchiveRun.files(Array(DataFolder.rawBlocks.prefix(2)))
    let run = try ArchiveRun(TarBuilder.tar(files))
    #expect(try await run.run().status == .good)
    #expect(try await run.arrived() == [Self.old, Self.raw])
  }

  @Test(
    "an archive that nothing can come from is refused",
    arguments: [
      ([("etc/passwd", [1])], "holds no block"), ([], "holds no block"),
      ([("data/wal/000001", [1]), ("meta.json", [1])], "holds no block"),
      ([("a/\(raw)/index", [1]), ("b/\(xor2)/index", [1])], "more than one folder, 'a' and 'b'"),
      ([("a/\(raw)/index", [1]), ("b/c/\(raw)/index", [1])], "more than one folder"),
    ] as [([(name: String, content: [UInt8])], String)])
  func refused(files: [(name: String, content: [UInt8])], words: String) async throws {
    let run = try ArchiveRun(TarBuilder.tar(files))
    let error = await #expect(throws: UnusableArchive.self) { try await run.run() }
    #expect(
      error?.exitStatus == .usage && error.map { "\($0)".contains(words) && "\($0)".contains(run.archive) } == true)
    #expect(run.bucket.puts.isEmpty)
    try run.expectNoScratch()
  }

  @Test("an archive that is written while it is read gives no block")
  func changed() async throws {
    let run = try ArchiveRun(TarBuilder.tar(try ArchiveRun.files([DataFolder.rawBlocks[1], DataFolder.rawBlocks[2]])))
    let source = ArchivedDataDirectory(
      run.archive, scratch: Scratch(folder: run.scratch, limit: 1 << 30), logger: silent)
    let backfill = Backfill(
      bucket: run.bucket, labels: try .of("cluster=eu1"), options: .overlapping, logger: silent)
    let plan = try await backfill.plan(source)
    // In place: the file stays the one that is open.
    let other = TarBuilder.tar(try ArchiveRun.files([DataFolder.rawBlocks[2], DataFolder.rawBlocks[1]]))
    try AtomicFile.write(other, to: "\(run.archive).other")
    try shell("cat \(run.archive).other > \(run.archive)")
    var outcomes: [String] = []
    await backfill.carryOut(plan, from: source, notes: try TestState().notes, moved: { _ in }) { outcomes.append("\($1)") }
    await source.end()
    #expect(outcomes.count == 2 && outcomes.allSatisfy { $0.contains("has changed since this run began") }, "\(outcomes)")
    #expect(run.bucket.puts.isEmpty)
  }

  @Test("a cancelled run leaves nothing unpacked")
  func cancelled() async throws {
    let run = try ArchiveRun(Packing.gzip.pack(TarBuilder.tar(try ArchiveRun.files())))
    try Directory.create(run.scratch)
    let task = Task { _ = try? await run.run() }
    task.cancel()
    await task.value
    try run.expectNoScratch()
    #expect(try await run.arrived().isEmpty)
  }

  @Test("the first pass gives up when it is cancelled")
  func cancelledPass() async throws {
    let run = try ArchiveRun(Packing.gzip.pack(TarBuilder.tar(try ArchiveRun.files())))
    let (reports, began) = AsyncStream.makeStream(of: Void.self)
    let isCancelled = Semaphore()
    let source = ArchivedDataDirectory(run.archive, scratch: Scratch(folder: run.scratch, limit: 1), logger: silent) { _ in
      began.yield()
      isCancelled.wait()
    }
    let task = Task { _ = try await source.contents() }
    for await _ in reports { break }
    task.cancel()
    isCancelled.signal()
    await #expect(throws: CancellationError.self) { try await task.value }
    await source.end()
    try run.expectNoScratch()
  }

  @Test("what a killed run left unpacked is removed by the next, what another run uses is not")
  func abandoned() throws {
    let parent = try TemporaryFolder()
    let used = try ScratchFolder(in: parent.path)
    try AtomicFile.write([1], to: "\(used.path)/mine")
    try Directory.create("\(parent.path)/blockhaul-scratch-dead/\(Self.raw)/chunks")
    try AtomicFile.write([1], to: "\(parent.path)/blockhaul-scratch-dead/\(Self.raw)/chunks/000001")
    try AtomicFile.write([1], to: "\(parent.path)/other")
    let another = try ScratchFolder(in: parent.path)
    #expect(
      try Set(Directory.entries(of: parent.path).map { "\(parent.path)/\($0.name)" }) == [
        used.path, another.path, "\(parent.path)/other",
      ])
    #expect(try DataFolder.files(below: used.path).count == 1)
  }
}

@Suite("passes over an archive")
struct UnpackingPassTests {
  /// - Parameter files: the entries that hold its files, each of one byte.
  static func block(_ name: Character, _ entries: [Int]) throws -> ArchivedBlock {
    var block = ArchivedBlock(try #require(ULID("0000000000000000000000000\(name)")))
    for entry in entries { block.files["chunks/\(entry)"] = ArchivedBlock.File(entry: entry, size: 1) }
    return block
  }

  @Test(
    "as many blocks as fit, oldest first, each room counted while it is needed",
    arguments: [
      // In the order of time: one after another.
      ([[0, 1], [2, 3], [4, 5]], 2, 3, 2),
      // The other way round: all wait for the oldest, which comes last.
      ([[4, 5], [2, 3], [0, 1]], 6, 3, 6), ([[4, 5], [2, 3], [0, 1]], 5, 2, 4), ([[4, 5], [2, 3], [0, 1]], 3, 1, 2),
      // Mixed with each other.
      ([[0, 2], [1, 3]], 4, 2, 4), ([[0, 2], [1, 3]], 3, 1, 2),
      // The second waits for the first, the third comes when both are gone.
      ([[2, 3], [0, 1], [4, 5, 6]], 4, 3, 4),
      ([[0, 9], [1, 2], [10, 11]], 4, 3, 4),
    ] as [([[Int]], UInt64, Int, UInt64)])
  func room(entries: [[Int]], limit: UInt64, count: Int, room: UInt64) throws {
    let blocks = try zip("ABC", entries).map { try Self.block($0, $1) }
    let pass = UnpackingPass(blocks, limit: limit)
    #expect(pass.blocks.map(\.ulid) == blocks.prefix(count).map(\.ulid))
    #expect(pass.room == room)
  }
}
