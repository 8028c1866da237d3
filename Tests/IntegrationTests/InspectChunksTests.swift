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

  @Test("a bucket tells the same as the folder, and a damaged chunk in it ends with 1")
  func bucket() async throws {
    let data = try await PrometheusData.shared.value
    let file = try await WalkTests.BucketFile(signatureV2: false)
    let target = ["--objstore.config-file", file.path]
    let sent = try await ProgramRun.run("backfill", ["--tsdb.path", data.path] + target + WalkTests.label)
    #expect(sent.status == 0, "\(sent.error)")
    let ulid = "\(data.ulids[0])"
    for flags in [["--by", "job,instance"], ["--index-only"], ["--compression"]] {
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
    arguments: [["--by", "job,,instance"], ["--by", "job,job"], ["--match", "{"], ["--index-only", "--compression"]])
  func usage(_ flags: [String]) async throws {
    let run = try await ProgramRun.run("inspect", ["chunks", "--tsdb.path", Fixtures.root] + flags)
    #expect(run.status == 2 && run.error.contains(flags[0]))
  }
}
