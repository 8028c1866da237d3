import Fixtures
import Glibc
import HTTP
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing

/// The way back on real parts: a promtool's blocks, a real S3 server, a real Prometheus that opens what came.
@Suite("backfill restore", .timeLimit(.minutes(5)))
struct RestoreTests {
  /// A bucket with all blocks of `PrometheusData`, and the flags that name it.
  private static func bucket(_ data: PrometheusData) async throws -> (file: WalkTests.BucketFile, flags: [String]) {
    let file = try await WalkTests.BucketFile(signatureV2: false)
    let flags = ["--objstore.config-file", file.path]
    let sent = try await ProgramRun.run("backfill", ["--tsdb.path", data.path] + flags + WalkTests.label)
    try #require(sent.status == 0, "\(sent.error)")
    return (file, flags)
  }

  /// Whether index and chunks of a block are those of the source, byte for byte. Tombstones do not go into a bucket.
  private static func isSame(_ ulid: ULID, _ folder: String, _ source: String) throws -> Bool {
    let names = try BlockFolder(ulid: ulid, path: "\(source)/\(ulid)").files().map(\.path)
      .filter { $0 != BlockFolder.tombstonesName }
    guard try BlockFolder(ulid: ulid, path: "\(folder)/\(ulid)").files().map(\.path) == names else { return false }
    return try names.filter { $0 != BlockMeta.fileName }.allSatisfy { name in
      try OpenFile("\(folder)/\(ulid)/\(name)").readAll(limit: 1 << 30)
        == OpenFile("\(source)/\(ulid)/\(name)").readAll(limit: 1 << 30)
    }
  }

  @Test("what came back is byte for byte what went in, and a real Prometheus answers with the same samples")
  func prometheus() async throws {
    let data = try await PrometheusData.shared.value
    let (file, flags) = try await Self.bucket(data)
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/data"
    let run = try await ProgramRun.run("backfill", ["restore", "--tsdb.path", path, "--all", "--check", "full"] + flags)
    #expect(run.status == 0 && run.output.contains("\n\(data.ulids.count) restored ("), "\(run.output) \(run.error)")
    #expect(try Directory.entries(of: path).map(\.name) == data.ulids.map(\.description).sorted())
    for ulid in data.ulids {
      #expect(try Self.isSame(ulid, path, data.path))
      let meta = try OpenFile("\(path)/\(ulid)/meta.json").readAll(limit: 1 << 20)
      #expect(try await file.bucket.read("\(ulid)/meta.json", limit: 1 << 20) == meta)
    }

    let expected = try await Self.dump(of: data, in: folder)
    // What lies in the staging folder of a run that was killed is none of Prometheus' business.
    let staged = "\(path)/.blockhaul-restore/01M81B088QDAD3JHFN4993ETCA/chunks"
    try Directory.create(staged)
    let server = try await RealPrometheus(on: path, in: folder, ["--storage.tsdb.retention.time=100y"])
    let answered = try await Self.samples(of: server)
    #expect(expected.count > 50_000 && answered == expected)
    #expect((try? Directory.status(of: staged)) != nil)

    let second = try await ProgramRun.run("backfill", ["restore", "--tsdb.path", path, "--all"] + flags)
    #expect(second.status == 0 && second.output.contains("0 restored (0 B), \(data.ulids.count) skipped, 0 failed"))
  }

  @Test("killed at any moment, nothing half is among the blocks, and the next run completes it")
  func killed() async throws {
    let data = try await PrometheusData.shared.value
    let (file, flags) = try await Self.bucket(data)
    defer { withExtendedLifetime(file) {} }
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let whole = try await ProgramRun.run("backfill", ["restore", "--tsdb.path", "\(folder.path)/whole", "--all"] + flags)
    #expect(whole.status == 0)
    let duration = UInt64((ContinuousClock.now - start) / .microseconds(1))
    var random = SeededRandom(seed: 42)
    var unfinished = 0
    for number in 0..<10 {
      let path = "\(folder.path)/\(number)"
      let arguments = ["restore", "--tsdb.path", path, "--all"] + flags
      try await Self.kill(arguments, after: UInt32(random.next() % max(1, duration)))
      for name in ((try? Directory.entries(of: path)) ?? []).map(\.name) where name != ".blockhaul-restore" {
        let ulid = try #require(ULID(name))
        #expect(try Self.isSame(ulid, path, data.path))
      }
      if ((try? Directory.entries(of: path))?.count ?? 0) < data.ulids.count { unfinished += 1 }
      let run = try await ProgramRun.run("backfill", arguments)
      #expect(run.status == 0, "\(run.output) \(run.error)")
      #expect(try Directory.entries(of: path).map(\.name) == data.ulids.map(\.description).sorted())
      for ulid in data.ulids { #expect(try Self.isSame(ulid, path, data.path)) }
    }
    #expect(unfinished > 0, "no run was killed before its end")
  }

  @Test("help names the subcommand, and each has its own flags")
  func help() async throws {
    let root = try await ProgramRun.run("backfill", ["--help"])
    #expect(root.status == 0 && root.output.contains("backfill restore") && root.output.contains("--shipper.upload-compacted"))
    let restore = try await ProgramRun.run("backfill", ["restore", "--help"])
    #expect(restore.status == 0 && restore.output.contains("USAGE: backfill restore ") && restore.output.contains("--all"))
    let none = try await ProgramRun.run("backfill", ["restore", "--tsdb.path", "/tmp"])
    #expect(none.status == 2 && none.error.hasPrefix("backfill restore: no blocks are chosen"), "\(none.error)")
  }

  private static func kill(_ arguments: [String], after microseconds: UInt32) async throws {
    let process = try Spawn.process(["\(ProgramRun.folder)/backfill"] + arguments, streams: [nil, nil, nil])
    await OwnThread.run {
      usleep(microseconds)
      Glibc.kill(process, SIGKILL)
      _ = Spawn.wait(for: process)
    }
  }

  // MARK: Samples

  /// A sample as one text: labels in order, time (ms), value.
  private static func text(_ labels: [String], _ time: Int64, _ value: Double) -> String {
    "\(labels.sorted().joined(separator: ",")) \(time) \(value.bitPattern)"
  }

  /// What promtool finds in the source. It wants a write-ahead log beside the blocks, which nobody may put into the source.
  private static func dump(of data: PrometheusData, in folder: TemporaryFolder) async throws -> Set<String> {
    let copy = "\(folder.path)/copy"
    try Directory.create("\(copy)/wal")
    for file in try DataFolder.files(below: data.path) {
      let target = copy + file.dropFirst(data.path.count)
      try Directory.create(AtomicFile.folder(of: target))
      try AtomicFile.write(try OpenFile(file).readAll(limit: 1 << 30), to: target)
    }
    let dumped = try await ProgramRun.tool("promtool", ["tsdb", "dump", copy])
    try #require(dumped.status == 0, "\(dumped.error)")
    var samples: Set<String> = []
    for line in dumped.output.split(separator: "\n") {
      let parts = line.split(separator: "} ", maxSplits: 1)
      let words = parts[1].split(separator: " ")
      let labels = parts[0].dropFirst().split(separator: ", ").map { $0.filter { $0 != "\"" } }
      samples.insert(text(labels, try #require(Int64(words[1])), try #require(Double(words[0]))))
    }
    return samples
  }

  /// What a running Prometheus has of anything but itself.
  private static func samples(of server: RealPrometheus) async throws -> Set<String> {
    let port = try #require(UInt16(server.url.split(separator: ":")[2]))
    // {__name__=~".+",job!="itself"}[30y]
    let query = "query=%7B__name__%3D~%22.%2B%22%2Cjob%21%3D%22itself%22%7D%5B30y%5D"
    let url = HTTPURL(secure: false, host: "127.0.0.1", port: port, path: "/api/v1/query", query: query)
    let answer = try await HTTPClient(HTTPConfiguration()).send(HTTPRequest(method: .get, url: url), limit: 1 << 28)
    let result = try JSONValue(parsing: answer.body).object?["data"]?.object?["result"]?.array
    var samples: Set<String> = []
    for series in try #require(result) {
      let labels = (series.object?["metric"]?.object?.members ?? []).map { "\($0.key)=\($0.value.string ?? "")" }
      for sample in series.object?["values"]?.array ?? [] {
        let pair = try #require(sample.array)
        let seconds = try #require(pair[0].double)
        samples.insert(text(labels, Int64((seconds * 1000).rounded()), try #require(pair[1].string.flatMap(Double.init))))
      }
    }
    return samples
  }
}
