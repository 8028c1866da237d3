import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing

/// `inspect chunks` as a user runs it: on the blocks of a real promtool, on disk and in a real S3 server.
@Suite("inspect chunks", .timeLimit(.minutes(5)))
struct InspectChunksTests {
  private static func document(_ arguments: [String], status: Int32 = 0) async throws -> JSONObject {
    let run = try await ProgramRun.run("inspect", ["chunks", "--output", "json"] + arguments)
    #expect(run.status == status, "\(run.error)")
    return try #require(try JSONValue(parsing: Array(run.output.utf8)).object)
  }

  private static func rows(_ document: JSONObject, _ key: String) throws -> [JSONObject] {
    try #require(document[key]?.array).compactMap(\.object)
  }

  /// A promtool of 2.42 shows no numbers, but how many in a hundred chunks are up to 10 %, 20 %, … full of 120 samples.
  @Test("chunks are as full as the promtool that wrote them says")
  func promtool() async throws {
    let data = try await PrometheusData.shared.value
    for ulid in [data.ulids[0], data.ulids[data.ulids.count - 1]].map(\.description) {
      let theirs = try await ProgramRun.tool("promtool", ["tsdb", "analyze", "--extended", data.path, ulid])
      #expect(theirs.status == 0, "\(theirs.error)")
      let bars = theirs.output.split(separator: "\n").filter { $0.hasPrefix(" ") && $0.contains("%:") }
        .map { line in line.count { $0 == "#" } }
      try #require(bars.count == 10, "\(theirs.output)")
      let document = try await Self.document(["--tsdb.path", data.path, ulid])
      #expect(theirs.output.contains("\nSeries: \(try #require(document["block"]?.object?["series"]?.int64))\n"))
      let row = try #require(try Self.rows(document, "distributions").first { $0["measure"]?.string == "samples a chunk" })
      for quantile in [1, 5, 25, 50, 75, 95, 99] {
        let samples = Double(try #require(row["p\(quantile)"]?.int64))
        let place = Int((10 * min(samples, 120) / 120).rounded(.up)) - 1
        let (before, upTo) = (bars[..<place].reduce(0, +), bars[...place].reduce(0, +))
        // Each bar is rounded down.
        #expect(before <= quantile && upTo + 10 >= quantile, "p\(quantile) is \(samples): \(bars)")
      }
    }
  }

  @Test("the interval of a block that promtool wrote is the one that its samples have, each job's own")
  func interval() async throws {
    let data = try await PrometheusData.shared.value
    let document = try await Self.document(["--tsdb.path", data.path, data.ulids[1].description])
    #expect(document["block"]?.object?["interval_seconds"]?.int64 == 60)

    let folder = try TemporaryFolder()
    var lines = ["# TYPE up gauge"]
    for (job, interval) in [("fast", 15), ("slow", 60)] {
      for instance in 0..<5 {
        for time in stride(from: 1_700_006_400 + instance, to: 1_700_006_400 + 7000, by: interval) {
          // Down for a quarter of an hour.
          guard !(1_700_008_000..<1_700_008_900).contains(time) else { continue }
          lines.append("up{instance=\"\(instance)\",job=\"\(job)\"} \(time % 2) \(time).0\(10 + time % 80)")
        }
      }
    }
    try AtomicFile.write(Array((lines.joined(separator: "\n") + "\n# EOF\n").utf8), to: "\(folder.path)/in.om")
    let made = try await ProgramRun.tool(
      "promtool", ["tsdb", "create-blocks-from", "openmetrics", "\(folder.path)/in.om", "\(folder.path)/data"])
    try #require(made.status == 0, "\(made.error)")
    let jobs = try Self.rows(try await Self.document(["--tsdb.path", "\(folder.path)/data", "--by", "job"]), "groups")
    let told = Dictionary(uniqueKeysWithValues: jobs.map { ($0["label_job"]?.string ?? "", $0) })
    #expect(told["fast"]?["interval_seconds"]?.int64 == 15 && told["slow"]?["interval_seconds"]?.int64 == 60)
    for share in told.values.map({ $0["interval_share"]?.double ?? 0 }) { #expect(share > 0.97) }
  }

  @Test("rows are sorted by labels and numbers, and printed in every format")
  func formats() async throws {
    let data = try await PrometheusData.shared.value
    let source = ["--tsdb.path", data.path, data.ulids[0].description, "--by", "job,instance"]
    let names = try Self.rows(try await Self.document(source + ["--sort-by", "instance", "--descending", "--limit", "3"]), "groups")
      .map { $0["label_instance"]?.string ?? "" }
    let all = try Self.rows(try await Self.document(source + ["--limit", "1000"]), "groups")
    #expect(names == Array(all.map { $0["label_instance"]?.string ?? "" }.sorted(by: >).prefix(3)) && names.count == 3)
    for (format, line) in [
      ("csv", "# groups\nlabel_job,label_instance,series,chunks,samples,chunks_bytes,share,"),
      ("tsv", "# groups\nlabel_job\tlabel_instance\tseries\t"), ("markdown", "## Bytes by job, instance\n\n| job | instance |"),
      ("table", "Bytes by job, instance\n"),
    ] {
      let run = try await ProgramRun.run("inspect", ["chunks", "--output", format] + source)
      #expect(run.status == 0 && run.output.contains(line), "\(format): \(run.output)")
    }
    let unknown = try await ProgramRun.run("inspect", ["chunks", "--sort-by", "nothing"] + source)
    #expect(unknown.status == 2 && unknown.error.contains("label_job, label_instance, series"), "\(unknown.error)")
  }

  @Test("a bucket tells the same as the folder, and a damaged chunk in it ends with 1")
  func bucket() async throws {
    let data = try await PrometheusData.shared.value
    let file = try await WalkTests.BucketFile(signatureV2: false)
    let target = ["--objstore.config-file", file.path]
    let sent = try await ProgramRun.run("backfill", ["--tsdb.path", data.path] + target + WalkTests.label)
    #expect(sent.status == 0, "\(sent.error)")
    let ulid = "\(data.ulids[0])"
    for flags in [
      ["--by", "job,instance"], ["--index-only"], ["--compression"], ["--match", "{job=~\".+\"}", "--by", "job"],
      ["--min-time", "2025-06-29T00:00:00Z", "--by", "job"],
    ] {
      let here = try await Self.document(["--tsdb.path", data.path, ulid] + flags)
      let there = try await Self.document(target + [ulid] + flags)
      for key in ["block", "groups", "encodings", "distributions", "compression"] { #expect(here[key] == there[key]) }
      #expect(try !Self.rows(here, "groups").isEmpty)
    }

    let key = "\(ulid)/chunks/000001"
    var bytes = try await file.bucket.read(key, limit: 1 << 30)
    bytes[bytes.count / 2] ^= 1
    try await file.bucket.put(key, .bytes(bytes))
    let damaged = try await Self.document(target + [ulid], status: 1)
    #expect(damaged["block"]?.object?["damaged_chunks"]?.int64 == 1)
    #expect(try Self.rows(damaged, "damage").first?["file"]?.string == key)
  }

  @Test(
    "wrong usage ends with 2",
    arguments: [
      ["--by", "job,,instance"], ["--by", "job,job"], ["--match", "{"], ["--index-only", "--compression"],
      ["--min-time", "yesterday"], ["--min-time", "2025-06-30T00:00:00Z", "--max-time", "2025-06-29T00:00:00Z"],
    ])
  func usage(_ flags: [String]) async throws {
    let run = try await ProgramRun.run("inspect", ["chunks", "--tsdb.path", Fixtures.root] + flags)
    #expect(run.status == 2 && run.error.contains(flags[0]))
  }
}
