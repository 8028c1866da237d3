import Console
import Fixtures
import Glibc
import Platform
import TSDB
import Testing

@testable import Verification

@Suite("the ledger")
struct LedgerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var path: String { "\(folder.path)/ledger" }
  private static let source = "s3://thanos"
  private static let blocks = (1...6).map { ulid($0) }

  /// A run that checks some blocks of those that are there.
  @discardableResult
  private func run(
    _ count: Int = .max, of blocks: [ULID] = blocks, at time: Int64, level: VerificationLevel = .full,
    source: String = source, unfinished: Set<ULID> = [], findings: [Finding.ID] = []
  ) throws -> [ULID] {
    let ledger = try Ledger(path)
    defer { ledger.release() }
    let order = try ledger.begin(source, blocks, of: blocks, level: level, now: time)
    for block in order.prefix(count) {
      let reasons = unfinished.contains(block) ? [Unfinished(file: "f", reason: "r")] : []
      try ledger.add(Sample.block(block, findings, unfinished: reasons), from: source, level: level, now: time)
    }
    return order.prefix(count).map(\.self)
  }

  private func contents() throws -> LedgerContents { try LedgerContents(path) }

  // MARK: Order

  @Test("run after run what was checked longest ago comes first, and everything is covered")
  func rotation() throws {
    #expect(try run(2, at: 100) == [ulid(1), ulid(2)])
    #expect(try run(3, at: 200) == [ulid(3), ulid(4), ulid(5)])
    #expect(try run(3, at: 300) == [ulid(6), ulid(1), ulid(2)])
    #expect(try run(1, at: 400) == [ulid(3)])
    #expect(try run(at: 500) == [4, 5, 1, 2, 6, 3].map { ulid($0) })
  }

  @Test("a block that appears comes first, one that is gone is forgotten")
  func changes() throws {
    try run(at: 100)
    #expect(try run(2, of: [ulid(2), ulid(3), ulid(9)], at: 200) == [ulid(9), ulid(2)])
    #expect(try contents().sources[Self.source]?.keys.sorted() == [ulid(2), ulid(3), ulid(9)])
    // Back again, from a backup perhaps: nothing is known of it.
    #expect(try run(1, of: [ulid(1), ulid(2), ulid(3), ulid(9)], at: 300) == [ulid(1)])
  }

  @Test("what was checked at a lower level only comes before what was checked at the level, behind what never was")
  func levels() throws {
    try run(2, at: 100, level: .full)
    try run(2, at: 200, level: .presence)
    #expect(try run(at: 300, level: .full) == [5, 6, 3, 4, 1, 2].map { ulid($0) })
    // A deeper check counts for the levels below it.
    #expect(try run(1, at: 400, level: .checksum) == [ulid(1)])
  }

  @Test("a check that could not look at everything does not count, and does not keep others waiting for ever")
  func unfinished() throws {
    try run(3, at: 100, unfinished: [ulid(1), ulid(2)])
    let entries = try #require(try contents().sources[Self.source])
    #expect(entries[ulid(1)]?.lastCheck(atLeast: .presence, now: 1000) == nil && entries[ulid(3)]?.lastCheck(atLeast: .full, now: 1000) == 100)
    #expect(try run(4, at: 200, unfinished: [ulid(1), ulid(2)]) == [ulid(4), ulid(5), ulid(6), ulid(1)])
    #expect(try run(2, at: 300) == [ulid(2), ulid(3)])
    // What was known of a block from an earlier check stays known.
    try run(at: 400, unfinished: [ulid(4)])
    #expect(try contents().sources[Self.source]?[ulid(4)]?.lastCheck(atLeast: .full, now: 1000) == 200)
  }

  @Test("sources do not mix")
  func sources() throws {
    try run(at: 100, source: "a")
    #expect(try run(1, at: 200, source: "b\n\"") == [ulid(1)])
    #expect(try run(1, at: 300, source: "a") == [ulid(1)])
    #expect(try contents().sources.keys.sorted() == ["a", "b\n\""])
  }

  @Test("blocks that were not chosen are kept and not ordered")
  func selection() throws {
    try run(at: 100)
    let ledger = try Ledger(path)
    defer { ledger.release() }
    #expect(try ledger.begin(Self.source, [ulid(5), ulid(2)], of: Self.blocks, level: .full, now: 1000) == [ulid(2), ulid(5)])
    #expect(try contents().sources[Self.source]?.count == 6)
  }

  // MARK: Findings

  @Test("what was found stands until a check of its level, or a deeper one, no longer finds it")
  func standing() throws {
    func standing() throws -> [String: Int]? { try contents().sources[Self.source]?[ulid(1)]?.standing }
    let one = [ulid(1)]
    try run(of: one, at: 100, level: .full, findings: [.chunkChecksum, .chunkChecksum])
    try run(of: one, at: 200, level: .presence, findings: [.strayObject])
    #expect(try standing() == ["chunk-crc-mismatch": 2, "stray-object": 1])
    try run(of: one, at: 300, level: .presence)
    #expect(try standing() == ["chunk-crc-mismatch": 2])
    try run(of: one, at: 400, level: .full, unfinished: [ulid(1)])
    #expect(try standing() == ["chunk-crc-mismatch": 2])
    try run(of: one, at: 500, level: .full)
    #expect(try standing() == [:])
  }

  // MARK: The file

  @Test("cut off at any byte behind its first write, it is a ledger that lacks at most the last line")
  func cutOff() throws {
    let ledger = try Ledger(path)
    let order = try ledger.begin(Self.source, Self.blocks, of: Self.blocks, level: .full, now: 1000)
    let start = try OpenFile(path).readAll(limit: 1 << 20).count
    for block in order {
      try ledger.add(Sample.block(block, [.strayObject]), from: Self.source, level: .full, now: 7)
    }
    ledger.release()
    let whole = try OpenFile(path).readAll(limit: 1 << 20)
    for length in start...whole.count {
      let cut = try LedgerContents(parsing: Array(whole.prefix(length)), of: path)
      let entries = try #require(cut.sources[Self.source])
      let lines = whole[start..<length].count { $0 == 0x0A }
      let checked = entries.values.count { $0.lastCheck(atLeast: .full, now: 1000) == 7 }
      // A last line that lacks nothing but its end counts.
      #expect(entries.count == 6 && (checked == lines || checked == lines + 1), "\(length)")
    }
    // And the next run goes on with it.
    try AtomicFile.write(Array(whole.dropLast(9)), to: path)
    #expect(try run(2, at: 8) == [ulid(6), ulid(1)])
    #expect(try contents().sources[Self.source]?.count == 6)
  }

  @Test("writing it anew loses nothing, whatever order levels were checked in")
  func rewritten() throws {
    var random = SeededRandom(seed: 4)
    for round in 0..<40 {
      let level = try #require(VerificationLevel.allCases.randomElement(using: &random))
      let unfinished = Set(Self.blocks.filter { _ in Bool.random(using: &random) })
      try run(4, at: Int64(round) * 1000, level: level, unfinished: unfinished, findings: [.strayObject])
      let before = try contents()
      #expect(try LedgerContents(parsing: before.bytes, of: path) == before)
    }
  }

  @Test("a second run is refused with the first one's process ID, and left alone the ledger")
  func locked() throws {
    let first = try Ledger(path)
    let error = #expect(throws: LedgerError.self) { _ = try Ledger(path) }
    #expect(error?.description.contains("another run, pid \(getpid()), is at work with it (\(path).lock)") == true)
    #expect(error?.exitStatus == .unfinished)
    first.release()
    #expect(throws: Never.self) { _ = try Ledger(path) }
  }

  @Test(
    "a file that is something else is refused, and stays as it is",
    arguments: [
      ("type: S3\n", "something else"), ("{\"ulid\":1}\n", "something else"), ("\0\0\0", "something else"),
      ("{\"ledger\":\"verify\",\"version\":2}\n", "of version 2"),
    ])
  func notALedger(_ text: String, _ words: String) throws {
    try AtomicFile.write(Array(text.utf8), to: path)
    let error = #expect(throws: LedgerError.self) { _ = try Ledger(path) }
    #expect(error?.description.contains(words) == true && error?.exitStatus == .usage)
    #expect(try OpenFile(path).readAll(limit: 1000) == Array(text.utf8))
  }

  @Test("what was written by a clock that was ahead counts as never checked")
  func future() throws {
    try run(at: 100)
    try run(1, at: 4_000_000_000_000)
    let ahead = try #require(try contents().sources[Self.source]?.first { $0.value.lastCheck(atLeast: .full, now: 200) == nil })
    #expect(try run(1, at: 200) == [ahead.key])
    #expect(try contents().sources[Self.source]?[ahead.key]?.lastCheck(atLeast: .full, now: 300) == 200)
    // Likewise a try that was in vain.
    try run(1, at: 4_000_000_000_000, unfinished: Set(Self.blocks))
    #expect(try contents().sources[Self.source]?.values.allSatisfy { $0.lastTurn(atLeast: .full, now: 300) ?? 0 <= 200 } == true)
  }

  @Test("what two levels found is one fault")
  func oneFault() throws {
    let one = [ulid(1)]
    try run(of: one, at: 100, level: .full, findings: [.chunkChecksum, .chunkChecksum])
    try run(of: one, at: 200, level: .checksum, findings: [.chunkChecksum])
    #expect(try contents().sources[Self.source]?[ulid(1)]?.standing == ["chunk-crc-mismatch": 2])
  }

  @Test("a source is good when nothing above a note stands and every block was checked to its end")
  func good() throws {
    func isGood(_ blocks: [ULID] = Self.blocks, _ level: VerificationLevel = .full) throws -> Bool {
      try contents().isGood(Self.source, blocks, level: level, now: 1000)
    }
    try run(5, at: 100, findings: [.timeGap])
    #expect(try !isGood() && isGood(Array(Self.blocks.prefix(5))))
    try run(1, at: 200, level: .checksum)
    #expect(try !isGood() && isGood(Self.blocks, .checksum) == true)
    try run(1, at: 300)
    #expect(try isGood())
    try run(1, at: 400, unfinished: Set(Self.blocks))
    #expect(try !isGood())
    try run(at: 500)
    try run(1, at: 600, findings: [.strayObject])
    #expect(try !isGood() && !isGood([]))
    try run(at: 700)
    try run(at: 5000)
    #expect(try !isGood(), "checked ahead of the clock")
  }

  @Test("a link is followed, and not replaced")
  func link() throws {
    try symbolicLink("\(folder.path)/target", path)
    try run(2, at: 100)
    #expect(try run(1, at: 200) == [ulid(3)])
    let names = try Directory.entries(of: folder.path).map { "\($0.name)\($0.isLink ? "@" : "")" }
    #expect(names == ["ledger@", "target", "target.lock"])
  }

  @Test("a path that cannot be written is refused at once, and nothing is left behind")
  func unwritable() throws {
    let inner = "\(folder.path)/inner"
    try Directory.create(inner)
    defer { #expect((try? Directory.entries(of: folder.path).map(\.name)) == ["inner"]) }
    defer { #expect((try? Directory.status(of: "/dev/full.lock")) == nil) }
    for path in ["\(folder.path)/missing/ledger", inner, "/proc/ledger", "/dev/full", "\(inner)/"] {
      let error = #expect(throws: LedgerError.self) { _ = try Ledger(path) }
      #expect(error?.exitStatus == .usage && error?.description.hasPrefix("--ledger: ") == true, "\(path)")
    }
  }
}
