import Fixtures
import Glibc
import Logging
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing
import Thanos

/// `backfill copy` as a process, between directories and a real S3 server.
@Suite("copying between buckets", .timeLimit(.minutes(5)))
struct CopyTests {
  /// A bucket with the file that describes it.
  struct Place {
    let folder: TemporaryFolder
    let path: String
    let bucket: any Bucket

    /// - Parameters:
    ///   - isS3: a prefix of a server's bucket, or else a directory.
    ///   - hasSmallParts: whether parts are as small as S3 takes them.
    init(isS3: Bool, hasSmallParts: Bool = true) async throws {
      folder = try TemporaryFolder()
      path = "\(folder.path)/bucket.yaml"
      var text = "type: FILESYSTEM\nconfig:\n  directory: \(folder.path)/bucket\n"
      if isS3 {
        let server = try await SeaweedFS.shared.value
        text = WalkTests.BucketFile.text(server.endpoint, prefix: SeaweedFS.freshPrefix())
        if hasSmallParts {
          text = text.replacing("  signature_version2", with: "  part_size: 5242880\n  signature_version2")
        }
      }
      try AtomicFile.write(Array(text.utf8), to: path)
      bucket = try BucketConfiguration(parsing: text, name: "test", environment: [:]).open(logger: Logger(label: "test"))
      try await bucket.createIfMissing()
    }

    func contents() async throws -> [String: [UInt8]] {
      var contents: [String: [UInt8]] = [:]
      for object in try await bucket.list(prefix: "", style: .recursive).objects {
        contents[object.key] = try await bucket.read(object.key, limit: 1 << 30)
      }
      return contents
    }
  }

  private static func noise(_ count: Int) -> [UInt8] {
    var random = SeededRandom(seed: 11)
    return stride(from: 0, to: count, by: 8).flatMap { _ in bytes(random.next()) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// Real blocks, one with an object of several parts that its meta.json does not know.
  private static func filled(isS3: Bool) async throws -> (Place, ulids: [String]) {
    let data = try await PrometheusData.shared.value
    let place = try await Place(isS3: isS3)
    let upload = try await ProgramRun.run(
      "backfill", ["--tsdb.path", data.path, "--objstore.config-file", place.path] + WalkTests.label)
    try #require(upload.status == 0, "\(upload.error)")
    let ulids = data.ulids.map(\.description)
    try await place.bucket.put("\(ulids[1])/chunks/000002", .bytes(noise(23 << 20)))
    return (place, ulids)
  }

  private static func arguments(_ from: Place, _ to: Place, state: TemporaryFolder) -> [String] {
    [
      "copy", "--objstore.config-file", from.path, "--objstore-to.config-file", to.path, "--state-dir",
      "\(state.path)/state",
    ]
  }

  @Test("every way between directory and S3 gives the same bytes, with a receipt, and verify finds nothing bad", arguments: [
    (true, false), (false, true), (true, true),
  ])
  func ways(fromS3: Bool, toS3: Bool) async throws {
    let (from, ulids) = try await Self.filled(isS3: fromS3)
    let to = try await Place(isS3: toS3)
    let state = try TemporaryFolder()
    let arguments = Self.arguments(from, to, state: state)
    let plan = try await ProgramRun.run("backfill", arguments + ["--dry-run", "--output", "csv"])
    #expect(plan.status == 0 && plan.output.split(separator: "\n").count == ulids.count + 1, "\(plan.output)\(plan.error)")
    #expect(try await to.contents().isEmpty)
    let report = "\(state.path)/report.jsonl"
    let run = try await ProgramRun.run("backfill", arguments + ["--report", report])
    #expect(run.status == 0, "\(run.output)\(run.error)")
    let (source, destination) = (try await from.contents(), try await to.contents())
    #expect(destination == source)
    let lines = try OpenFile(report).readAll(limit: 1 << 30).split(separator: 0x0A)
    #expect(lines.count == ulids.count)
    for line in lines {
      let document = try #require(try JSONValue(parsing: Array(line)).object)
      #expect(document["result"]?.string == "copied")
      for object in document["objects"]?.array ?? [] {
        let key = try #require(object.object?["key"]?.string)
        let proof = object.object?["source_checked_by"]?.string
        let expected = key.hasSuffix("meta.json") ? nil : key.hasSuffix("000002") ? "size" : "sha256"
        #expect(proof == expected, "\(key)")
        #expect(object.object?["sha256"]?.string?.count == 64, "\(key)")
        if toS3 { #expect(object.object?["evidence"]?.string != "size", "\(key)") }
      }
    }
    let verified = try await ProgramRun.run("verify", ["--objstore.config-file", to.path])
    // The object that nobody knows is a warning.
    #expect(verified.status == 1 && verified.output.contains("1 with warnings, 0 bad"), "\(verified.output)")
    let again = try await ProgramRun.run("backfill", arguments)
    #expect(again.status == 0 && again.output.contains("0 copied"), "\(again.output)")
  }

  @Test("killed at any moment and run again it ends with the same bytes, and what has a meta.json is whole all the time")
  func killed() async throws {
    let (from, ulids) = try await Self.filled(isS3: true)
    let to = try await Place(isS3: true)
    let state = try TemporaryFolder()
    let arguments = Self.arguments(from, to, state: state)
    let source = try await from.contents()
    var random = SeededRandom(seed: 20_260)
    var broken = 0
    for _ in 0..<10 {
      let moment = Int.random(in: 20...900, using: &random)
      let process = try Spawn.process(
        ["\(ProgramRun.folder)/backfill"] + arguments + ["--limit-rate", "32MiB"], streams: [nil, nil, nil])
      try await Task.sleep(for: .milliseconds(moment))
      kill(process, SIGKILL)
      _ = await OwnThread.run { Spawn.wait(for: process) }
      let there = try await to.contents()
      if there.count < source.count { broken += 1 }
      for ulid in ulids where there["\(ulid)/meta.json"] != nil {
        for (key, content) in source where key.hasPrefix(ulid) { #expect(there[key] == content, "\(key)") }
      }
    }
    let run = try await ProgramRun.run("backfill", arguments)
    #expect(run.status == 0, "\(run.output)\(run.error)")
    #expect(try await to.contents() == source)
    #expect(broken > 2, "the kills came too late to show anything")
  }

  @Test("a large block is uploaded, and copied from every kind of bucket, in little memory")
  func memory() async throws {
    let folder = try TemporaryFolder()
    let data = "\(folder.path)/data"
    try Directory.create("\(data)/wal")
    try GeneratedBlock("01HF5EN80000000000000000M0", from: 1_700_006_400_000, hours: 2, segments: [200 << 20]).write(in: data)
    let places = [
      try await Place(isS3: true, hasSmallParts: false), try await Place(isS3: true, hasSmallParts: false),
      try await Place(isS3: false), try await Place(isS3: true, hasSmallParts: false),
    ]
    let upload = try await ProgramRun.run(
      "backfill", ["--tsdb.path", data, "--objstore.config-file", places[0].path] + WalkTests.label)
    #expect(upload.status == 0 && upload.peak < Self.memoryLimit, "\(upload.peak >> 20) MiB \(upload.error)")
    for (from, to) in zip(places, places.dropFirst()) {
      let copy = try await ProgramRun.run("backfill", Self.arguments(from, to, state: folder))
      #expect(copy.status == 0 && copy.output.contains("1 copied"), "\(copy.output)\(copy.error)")
      #expect(copy.peak < Self.memoryLimit, "\(copy.peak >> 20) MiB")
    }
  }

  /// Bytes.
  private static let memoryLimit: UInt64 = 150 << 20

  @Test("the same place twice, and a bucket that is not named, are wrong usage")
  func usage() async throws {
    let place = try await Place(isS3: false)
    let state = try TemporaryFolder()
    let same = try await ProgramRun.run("backfill", Self.arguments(place, place, state: state))
    #expect(same.status == 2 && same.error.contains("source and destination are the same"), "\(same.error)")
    let one = try await ProgramRun.run("backfill", ["copy", "--objstore.config-file", place.path])
    #expect(one.status == 2 && one.error.contains("--objstore-to.config-file"), "\(one.error)")
  }
}
