import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing
import Thanos

/// backfill beside a Prometheus that runs.
@Suite("backfill and a running Prometheus", .timeLimit(.minutes(5)))
struct PrometheusTests {
  /// A FILESYSTEM bucket of a test's own.
  private struct LocalBucket {
    let folder: TemporaryFolder
    var flags: [String] { ["--objstore.config", "type: FILESYSTEM\nconfig: {directory: \(folder.path)/bucket}"] }

    init() throws { folder = try TemporaryFolder() }

    func blocks() async throws -> [BucketBlock] {
      try await BucketBlocks(FileSystemBucket(directory: "\(folder.path)/bucket")).all()
    }
  }

  private static let labels = Result { try ExternalLabels(parsing: ["cluster=eu1", "replica=a"]) }

  @Test("its labels and data folder are taken, its compaction and retention warned of")
  func labelsAndWarnings() async throws {
    let prometheus = try await RealPrometheus(["--storage.tsdb.retention.time=25h"])
    let bucket = try LocalBucket()
    let run = try await ProgramRun.run("backfill", ["--prometheus.url", prometheus.url] + bucket.flags)
    #expect(run.status == 0, "\(run.error)")
    let uploaded = try await bucket.blocks()
    #expect(uploaded.map(\.ulid) == (try DataDirectory(prometheus.path).blocks.map(\.ulid)))
    let labels = try Self.labels.get()
    #expect(uploaded.count == 12 && uploaded.allSatisfy { $0.description?.labels == labels })
    #expect(run.error.contains("folder=\(prometheus.path)"))
    #expect(
      run.error.contains("--storage.tsdb.min-block-duration 2h, --storage.tsdb.max-block-duration 2h30m"),
      "\(run.error)")
    #expect(run.error.contains("keeps 1d1h (--storage.tsdb.retention.time)"), "\(run.error)")
    #expect(run.error.contains("about to delete 11 blocks of this plan"), "\(run.error)")

    // The same labels come out of its file.
    let file = try String(
      decoding: OpenFile("\(prometheus.path)/../prometheus.yml").readAll(limit: 1 << 20), as: UTF8.self)
    #expect(file.contains("cluster"))
    let again = try await ProgramRun.run(
      "backfill",
      ["--tsdb.path", prometheus.path, "--prometheus.config-file", "\(prometheus.path)/../prometheus.yml"]
        + bucket.flags)
    #expect(again.status == 0 && again.output.hasSuffix("\n0 uploaded (0 B), 12 skipped, 0 failed\n"), "\(again.error)")

    let other = try await ProgramRun.run(
      "backfill", ["--prometheus.url", prometheus.url, "--label", "cluster=us2"] + bucket.flags)
    #expect(other.status == 2)
    #expect(
      other.error.hasSuffix("give the one that this Prometheus has\n") && other.error.contains("\"us2\" by --label"))

    // Its own folder under another name is no other folder; a copy of somebody's blocks is.
    let warning = "blocks of another folder"
    #expect(!run.error.contains(warning))
    let dotted = ["--tsdb.path", "\(prometheus.path)/./", "--prometheus.url", prometheus.url]
    #expect(try await !ProgramRun.run("backfill", dotted + bucket.flags).error.contains(warning))
    let data = try DataFolder()
    let copy = ["--tsdb.path", data.path, "--prometheus.url", prometheus.url]
    #expect(try await ProgramRun.run("backfill", copy + bucket.flags).error.contains(warning))

    let snapshot = try await ProgramRun.run(
      "backfill", ["--prometheus.url", prometheus.url, "--snapshot"] + bucket.flags)
    #expect(snapshot.status == 2)
    #expect(snapshot.error.contains("start Prometheus with --web.enable-admin-api"), "\(snapshot.error)")
  }

  @Test("a snapshot goes in whole, what is in memory included, and stays or goes as asked")
  func snapshot() async throws {
    let prometheus = try await RealPrometheus([
      "--web.enable-admin-api", "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h",
    ])
    let (kept, removed) = (try LocalBucket(), try LocalBucket())
    let blocks = try DataDirectory(prometheus.path).blocks.map(\.ulid)
    let source = ["--prometheus.url", prometheus.url, "--snapshot"]

    let first = try await ProgramRun.run("backfill", source + kept.flags)
    #expect(first.status == 0, "\(first.error)")
    #expect(!first.error.contains("compacts its blocks itself"))
    let names = try Directory.entries(of: "\(prometheus.path)/snapshots").map(\.name)
    let name = try #require(names.first)
    #expect(names.count == 1 && first.error.contains("the snapshot stays"))
    let uploaded = try await kept.blocks()
    let head = try #require(uploaded.first { !blocks.contains($0.ulid) }?.description)
    #expect(uploaded.count == blocks.count + 1)
    #expect(head.labels == (try Self.labels.get()) && head.meta.stats.samples > 0)
    let copy = try await ProgramRun.run(
      "verify", ["--tsdb.path", "\(prometheus.path)/snapshots/\(name)"] + kept.flags)
    #expect(copy.status == 0 && copy.output.contains("\(blocks.count + 1) good, 0 bad"), "\(copy.output)\(copy.error)")

    let second = try await ProgramRun.run("backfill", source + ["--snapshot.remove"] + removed.flags)
    #expect(second.status == 0, "\(second.error)")
    #expect(try await removed.blocks().count == blocks.count + 1)
    #expect(try Directory.entries(of: "\(prometheus.path)/snapshots").map(\.name) == [name])
    // Prometheus' own blocks were linked, not moved.
    #expect(try DataDirectory(prometheus.path).blocks.map(\.ulid) == blocks)

    // Another folder's snapshots are not there: it is another Prometheus'.
    let data = try DataFolder()
    let wrong = try await ProgramRun.run("backfill", source + ["--tsdb.path", data.path] + removed.flags)
    #expect(wrong.status == 2 && wrong.error.contains("is \(data.path) the data folder of this very Prometheus?"))
  }

  @Test("a snapshot is removed when asked although the run failed")
  func failedRun() async throws {
    let prometheus = try await RealPrometheus(["--web.enable-admin-api"])
    let folder = try TemporaryFolder()
    try AtomicFile.write([1], to: "\(folder.path)/file")
    let bucket = "type: FILESYSTEM\nconfig: {directory: \(folder.path)/file/bucket}"
    let run = try await ProgramRun.run(
      "backfill", ["--prometheus.url", prometheus.url, "--snapshot", "--snapshot.remove", "--objstore.config", bucket])
    #expect(run.status != 0)
    #expect(run.error.contains("removed the snapshot"), "\(run.error)")
    #expect(try Directory.entries(of: "\(prometheus.path)/snapshots").isEmpty)
  }

  @Test(
    "what cannot be learnt is one line, and exit status 2",
    arguments: [
      ["--prometheus.url", "http://127.0.0.1:1", "--prometheus.ready_timeout", "0s"],
      ["--prometheus.url", "http://no-such-host.invalid"], ["--prometheus.url", "127.0.0.1:9090"],
      ["--prometheus.config-file", "/nowhere/prometheus.yml"], ["--prometheus.config-file", "/dev/null"],
      ["--snapshot"], ["--label", "a=b", "--snapshot.remove"], ["--prometheus.ready_timeout", "soon"], [],
    ])
  func errors(_ flags: [String]) async throws {
    let (bucket, data) = (try LocalBucket(), try DataFolder())
    let run = try await ProgramRun.run("backfill", ["--tsdb.path", data.path] + flags + bucket.flags)
    #expect(run.status == 2)
    let lines = run.error.split(separator: "\n").filter { $0.hasPrefix("backfill: ") }
    #expect(lines.count == 1 && run.output.isEmpty, "\(run.error)")
    #expect(try Directory.entries(of: bucket.folder.path).isEmpty)
  }
}
