import Fixtures
import Glibc
import OrderedJSON
import Platform
import TSDB
import Testing

/// The plan and its selection, run as a user runs them, on blocks that a real promtool wrote.
@Suite("planning on a Prometheus' data")
struct PlanTests {
  static let label = ["--label", "cluster=eu1"]

  struct Target {
    let folder: TemporaryFolder
    let bucket: String
    let arguments: [String]

    init(_ data: String) throws {
      folder = try TemporaryFolder()
      bucket = "\(folder.path)/bucket"
      let yaml = "type: FILESYSTEM\nconfig:\n  directory: \(bucket)\n"
      try AtomicFile.write(Array(yaml.utf8), to: "\(folder.path)/bucket.yaml")
      arguments = ["--tsdb.path", data, "--objstore.config-file", "\(folder.path)/bucket.yaml"] + PlanTests.label
    }
  }

  static func rows(_ run: ProgramRun) throws -> [JSONObject] {
    try #require(try JSONValue(parsing: Array(run.output.utf8)).array).compactMap(\.object)
  }

  @Test("a dry run writes nothing; the run after it does what it said; the next plan says that all is there")
  func planned() async throws {
    let data = try await PrometheusData.shared.value
    let target = try Target(data.path)
    let dry = try await ProgramRun.run(
      "backfill", target.arguments + ["--dry-run", "--check", "full", "--rate", "1MiB"])
    #expect(dry.status == 0, "\(dry.error)")
    #expect(dry.output.contains("\nto send: \(data.ulids.count) blocks, ") && dry.output.contains(" at 1.00 MiB/s\n"))
    #expect(try Directory.entries(of: target.folder.path).map(\.name) == ["bucket.yaml"])

    #expect(try await ProgramRun.run("backfill", target.arguments + ["--check", "full"]).status == 0)
    let again = try await ProgramRun.run("backfill", target.arguments + ["--dry-run", "--output", "json"])
    #expect(try Self.rows(again).map { $0["decision"]?.string } == data.ulids.map { _ in "already there" })
    let verified = try await ProgramRun.run("verify", Array(target.arguments.prefix(4)))
    #expect(verified.status == 0, "\(verified.output)")
  }

  @Test("time, name and labels choose blocks; the others stay behind")
  func selected() async throws {
    let data = try await PrometheusData.shared.value
    let target = try Target(data.path)
    let all = try Self.rows(try await ProgramRun.run("backfill", target.arguments + ["--dry-run", "--output", "json"]))
    let last = try #require(all.last)
    let (ulid, from) = (try #require(last["ulid"]?.string), try #require(last["from"]?.string))

    for flags in [["--id", ulid], ["--min-time", from], ["--id", ulid, "--selector", "{cluster=~\"eu.\"}"]] {
      let plan = try await ProgramRun.run("backfill", target.arguments + flags + ["--dry-run", "--output", "json"])
      let chosen = try Self.rows(plan).filter { $0["decision"]?.string == "upload" }
      #expect(chosen.map { $0["ulid"]?.string } == [ulid], "\(flags)")
    }
    // All of it lies in the past; the dash is no flag.
    let recent = try await ProgramRun.run(
      "backfill", target.arguments + ["--min-time", "-1s", "--dry-run", "--output", "csv"])
    #expect(recent.status == 0 && !recent.output.contains(",upload,"), "\(recent.error)")
    let none = try await ProgramRun.run("backfill", target.arguments + ["--selector", "cluster!=eu1"])
    #expect(none.status == 0 && none.output.contains("\n0 uploaded (0 B), \(data.ulids.count) skipped, 0 failed\n"))

    #expect(try await ProgramRun.run("backfill", target.arguments + ["--id", ulid]).status == 0)
    #expect(try Directory.entries(of: target.bucket).map(\.name) == [ulid])
  }

  @Test("a damaged block is named with the finding and left behind, the others arrive, the status is 1")
  func damaged() async throws {
    let source = try await PrometheusData.shared.value
    let folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/data/wal")
    for ulid in source.ulids {
      try Directory.create("\(folder.path)/data/\(ulid)/chunks")
      for file in ["meta.json", "index", "chunks/000001"] {
        let bytes = try OpenFile("\(source.path)/\(ulid)/\(file)").readAll(limit: 1 << 30)
        try AtomicFile.write(bytes, to: "\(folder.path)/data/\(ulid)/\(file)")
      }
    }
    let bad = source.ulids[1]
    let path = "\(folder.path)/data/\(bad)/chunks/000001"
    var bytes = try OpenFile(path).readAll(limit: 1 << 30)
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: path)

    let target = try Target("\(folder.path)/data")
    let run = try await ProgramRun.run("backfill", target.arguments + ["--check", "full"])
    #expect(run.status == 1)
    #expect(run.output.contains("\nfailed: \(bad): chunk-crc-mismatch: \(path): offset "), "\(run.output)")
    #expect(run.output.hasSuffix(", 0 skipped, 1 failed\n"))
    let arrived = try Directory.entries(of: target.bucket).map(\.name)
    #expect(arrived.sorted() == source.ulids.filter { $0 != bad }.map(\.description).sorted())
    let skipped = try await ProgramRun.run(
      "backfill", target.arguments + ["--check", "full", "--shipper.skip-corrupted-blocks"])
    #expect(skipped.status == 0 && skipped.output.contains("1 corrupt and left out"), "\(skipped.output)")
  }

  @Test("a compacted block stays behind where only level 1 is wanted")
  func level() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    let meta = "\(DataFolder.rawBlocks[1].suffix(26))/meta.json"
    let text = String(decoding: try data.read(meta), as: UTF8.self)
    try data.write(Array(text.replacing("\"level\": 1", with: "\"level\": 2").utf8), to: meta)
    let target = try Target(data.path)
    let level1 = try await ProgramRun.run("backfill", target.arguments + ["--no-shipper.upload-compacted"])
    #expect(level1.status == 0 && level1.output.contains("skipped: level"), "\(level1.output)")
    let every = try await ProgramRun.run("backfill", target.arguments)
    #expect(every.output.hasSuffix("1 uploaded (119 KiB), 0 skipped, 0 failed\n"))
  }

  @Test("wrong values of the flags are one line that says what to do", arguments: [
    (["--min-time", "yesterday"], "--min-time yesterday is no time"),
    (["--min-time", "-1d", "--max-time", "-2d"], "is after --max-time"),
    (["--id", "abc"], "--id abc is no block's ULID"),
    (["--id", "01M81B088QDAD3JHFN4993ETCZ"], "there is no such block in"),
    (["--selector", "{a=~\"(\"}"], "--selector {a=~\"(\"}: the regular expression ( has a ( without its )"),
    (["--rate", "1MiB"], "--dry-run"), (["--rate", "0", "--dry-run"], "--rate 0 is no rate"),
    (["--hash-func", "MD5"], "--hash-func"),
    (["--check", "some"], "--check"), (["--output", "xml"], "--output"),
  ])
  func wrong(flags: [String], expected: String) async throws {
    let data = try DataFolder([DataFolder.rawBlocks[1]])
    let target = try Target(data.path)
    let run = try await ProgramRun.run("backfill", target.arguments + flags)
    #expect(run.status == 2 && run.output.isEmpty)
    #expect(run.error.contains(expected) && run.error.split(separator: "\n").count == 1, "\(run.error)")
    #expect(try Directory.entries(of: target.folder.path).map(\.name) == ["bucket.yaml"])
  }
}
