import Fixtures
import Glibc
import HTTP
import ObjectStore
import Platform
import TSDB
import Testing
import Thanos

/// `backfill --watch` as somebody runs it.
@Suite("backfill --watch", .timeLimit(.minutes(5)))
struct WatchTests {
  private static let label = ["--label", "cluster=eu1", "--check", "index"]

  private static func bucket(_ folder: TemporaryFolder) -> [String] {
    ["--objstore.config", "type: FILESYSTEM\nconfig: {directory: \(folder.path)/bucket}"]
  }

  /// Puts a block of the fixtures into a data folder the way Prometheus does: whole, by a rename.
  private static func add(_ block: String, to data: DataFolder) throws {
    let name = block.split(separator: "/").last.map(String.init) ?? ""
    try shell("cp -r '\(Fixtures.root)/\(block)' '\(data.path)/\(name).tmp-for-creation'")
    try shell("mv '\(data.path)/\(name).tmp-for-creation' '\(data.path)/\(name)'")
  }

  private static func ulids(_ folder: TemporaryFolder) async throws -> [String] {
    try await BucketBlocks(FileSystemBucket(directory: "\(folder.path)/bucket")).all()
      .filter { $0.description != nil }.map(\.ulid.description)
  }

  @Test("a block that appears is shipped within seconds, the metrics pass promtool, and SIGTERM is a good end")
  func appears() async throws {
    let (data, folder) = (try DataFolder([DataFolder.rawBlocks[0]]), try TemporaryFolder())
    let program = try await WatchedProgram(
      ["--tsdb.path", data.path, "--shipper.write-file"] + Self.label + Self.bucket(folder))
    try await program.until("ready") { await program.status("/-/ready") == 200 }
    try await program.until("first block") { await program.metric("thanos_shipper_uploads_total") == "1" }
    try Self.add(DataFolder.rawBlocks[1], to: data)
    try await program.until("second block", within: .seconds(20)) { try await Self.ulids(folder).count == 2 }
    try await program.until("counted") { await program.metric("thanos_shipper_uploads_total") == "2" }
    try await program.until("listed for Prometheus") {
      String(decoding: try data.read("thanos.shipper.json"), as: UTF8.self).contains("01M81B088QDAD3JHFN4993ETCA")
    }

    let metrics = try #require(await program.get("/metrics"))
    try AtomicFile.write(metrics.body, to: "\(folder.path)/metrics")
    try shell("'\(ProgramRun.root)/.tools/bin/promtool' check metrics < '\(folder.path)/metrics' > '\(folder.path)/lint' 2>&1")
    // Nothing new: the bucket is left alone.
    let operations = "thanos_objstore_bucket_operations_total{bucket=\"fs: \(folder.path)/bucket\",operation=\"iter\"}"
    let before = (await program.metric(operations), await program.metric("thanos_shipper_dir_syncs_total"))
    try await program.until("more rounds") {
      let syncs = await program.metric("thanos_shipper_dir_syncs_total").flatMap { Int($0) } ?? 0
      return syncs >= (before.1.flatMap { Int($0) } ?? 0) + 3
    }
    #expect(before.0 != nil && before.0 != "0")
    #expect(await program.metric(operations) == before.0)

    let start = ContinuousClock.now
    #expect(await program.end() == 0, "\(program.log)")
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(program.log.contains("msg=\"stopped;"))
    // The port can be had again at once.
    let again = try await ProgramRun.run(
      "backfill",
      ["--tsdb.path", data.path, "--http-address", "127.0.0.1:\(program.port)"] + Self.label + Self.bucket(folder))
    #expect(again.status == 0 && again.output.contains("0 uploaded"), "\(again.error)")
    #expect(again.error.contains("address=127.0.0.1:\(program.port)"))
  }

  @Test("a bucket that is away for a while is waited for, said once, and then gets what it missed")
  func away() async throws {
    let (data, folder) = (try DataFolder([DataFolder.rawBlocks[0]]), try TemporaryFolder())
    let program = try await WatchedProgram(["--tsdb.path", data.path] + Self.label + Self.bucket(folder))
    try await program.until("first block") { await program.metric("thanos_shipper_uploads_total") == "1" }
    // A file where the bucket was.
    try shell("mv '\(folder.path)/bucket' '\(folder.path)/away' && : > '\(folder.path)/bucket'")
    try Self.add(DataFolder.rawBlocks[1], to: data)
    try await program.until("two failed rounds") {
      (await program.metric("thanos_shipper_dir_sync_failures_total").flatMap { Int($0) } ?? 0) >= 2
    }
    #expect(await program.status("/-/healthy") == 200)
    try shell("rm '\(folder.path)/bucket' && mv '\(folder.path)/away' '\(folder.path)/bucket'")
    try await program.until("second block") { await program.metric("thanos_shipper_uploads_total") == "2" }
    #expect(try await Self.ulids(folder).count == 2)
    let said = program.log.split(separator: "\n").filter { $0.contains("level=error") }
    #expect(said.count == 1, "\(program.log)")
    #expect(await program.end(with: SIGINT) == 0)
  }

  @Test("an upload that stalls does not hold up the end")
  func stalled() async throws {
    let data = try DataFolder([DataFolder.rawBlocks[0]])
    let listing = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    let store = try ScriptedServer { request, _ in
      switch request.method {
      case "GET": [.send("HTTP/1.1 200 OK\r\nContent-Length: \(listing.utf8.count)\r\n\r\n\(listing)")]
      case "PUT": [.wait(.seconds(100)), .close]
      default: [.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
      }
    }
    let config = """
      type: S3
      config: {bucket: thanos, endpoint: "127.0.0.1:\(store.port)", access_key: a, secret_key: b, insecure: true}
      """
    let program = try await WatchedProgram(["--tsdb.path", data.path, "--objstore.config", config] + Self.label)
    try await program.until("the upload has begun") { store.requests.contains { $0.method == "PUT" } }
    let start = ContinuousClock.now
    #expect(await program.end() == 0, "\(program.log)")
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(!store.requests.contains { $0.method == "PUT" && $0.target.hasSuffix("meta.json") })
  }

  @Test("what is wrong with the flags ends it at once with status 2")
  func usage() async throws {
    let (data, folder) = (try DataFolder(), try TemporaryFolder())
    let base = ["--tsdb.path", data.path, "--watch"] + Self.label + Self.bucket(folder)
    let cases: [([String], String)] = [
      (["--dry-run"], "--dry-run ships none"), (["--id", "01M81B088QDAD3JHFN4993ETCA"], "--id names some"),
      (["--http-address", "localhost"], "is no address"), (["--watch-interval", "10ms"], "at least 1s"),
      (["--prometheus.url", "http://127.0.0.1:1", "--snapshot"], "--snapshot sends"),
    ]
    for (flags, words) in cases {
      let run = try await ProgramRun.run("backfill", base + flags)
      #expect(run.status == 2 && run.error.contains(words), "\(flags): \(run.error)")
    }
    // The first round: no such data folder.
    let run = try await ProgramRun.run(
      "backfill",
      ["--tsdb.path", "\(folder.path)/none", "--watch", "--http-address", "127.0.0.1:0"] + Self.label + Self.bucket(folder))
    #expect(run.status == 2 && run.error.contains("there is no such folder"), "\(run.error)")
  }

  @Test("a port in use is one line and status 2")
  func portInUse() async throws {
    let (data, folder) = (try DataFolder([]), try TemporaryFolder())
    let program = try await WatchedProgram(["--tsdb.path", data.path] + Self.label + Self.bucket(folder))
    let run = try await ProgramRun.run(
      "backfill",
      ["--tsdb.path", data.path, "--watch", "--http-address", ":\(program.port)"] + Self.label + Self.bucket(folder))
    #expect(run.status == 2 && run.error.contains("the port is in use"), "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
    #expect(await program.end() == 0)
  }

  @Test("beside a real Prometheus it takes its labels, and shows whether it answers")
  func prometheus() async throws {
    let prometheus = try await RealPrometheus()
    let folder = try TemporaryFolder()
    let program = try await WatchedProgram(
      ["--prometheus.url", prometheus.url, "--prometheus.ready_timeout", "30s"] + Self.bucket(folder))
    try await program.until("all blocks") { await program.metric("thanos_shipper_uploads_total") == "12" }
    try await program.until("heartbeat") { await program.metric("thanos_sidecar_prometheus_up") == "1" }
    #expect(await program.metric("thanos_sidecar_last_heartbeat_success_time_seconds") != "0")
    #expect(await program.end() == 0, "\(program.log)")
    #expect(!program.log.contains("level=error"), "\(program.log)")
  }
}
