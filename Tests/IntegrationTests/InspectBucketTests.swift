import Fixtures
import Glibc
import ObjectStore
import Platform
import Quantities
import TSDB
import Testing

/// `inspect series`, `diff` and `index` of blocks in a bucket: they say the same, byte for byte, as of the folder.
@Suite("inspect of blocks in a bucket", .timeLimit(.minutes(5)))
struct InspectBucketTests {
  enum Store: String, CaseIterable, CustomTestStringConvertible {
    case signatureV4, signatureV2, fileSystem
    var testDescription: String { rawValue }
  }

  /// The blocks of a real promtool in a bucket.
  struct Site: Sendable {
    let data: PrometheusData
    let bucketFile: String
    let bucket: any Bucket
    private let folder: TemporaryFolder
    private let file: WalkTests.BucketFile?

    init(_ store: Store) async throws {
      data = try await PrometheusData.shared.value
      folder = try TemporaryFolder()
      if store == .fileSystem {
        file = nil
        bucketFile = "\(folder.path)/bucket.yaml"
        try Directory.create("\(folder.path)/bucket")
        try AtomicFile.write(
          Array("type: FILESYSTEM\nconfig:\n  directory: \(folder.path)/bucket\n".utf8), to: bucketFile)
        bucket = FileSystemBucket(directory: "\(folder.path)/bucket")
      } else {
        let file = try await WalkTests.BucketFile(signatureV2: store == .signatureV2)
        (self.file, bucketFile, bucket) = (file, file.path, file.bucket)
      }
      let sent = try await ProgramRun.run(
        "backfill", ["--tsdb.path", data.path, "--objstore.config-file", bucketFile] + WalkTests.label)
      try #require(sent.status == 0, "\(sent.error)")
    }

    func run(_ words: [String]) async throws -> ProgramRun {
      try await ProgramRun.run("inspect", words + ["--objstore.config-file", bucketFile])
    }

    func runLocally(_ words: [String]) async throws -> ProgramRun {
      try await ProgramRun.run("inspect", words + ["--tsdb.path", data.path])
    }
  }

  private static func questions(_ data: PrometheusData) throws -> [[String]] {
    let (first, last) = ("\(data.ulids[0])", "\(data.ulids[data.ulids.count - 1])")
    let meta = try BlockFolder(ulid: data.ulids[0], path: "\(data.path)/\(first)").readMeta()
    let middle = Timestamp.text((meta.minTime + meta.maxTime) / 2)
    return [
      ["series"], ["series", first, "--output", "csv"], ["series", first, "--output", "json", "--limit", "7"],
      ["series", last, "--output", "tsv", "--sort-by", "samples", "--descending", "--limit", "5"],
      ["series", first, "--output", "markdown", "--match", #"{__name__=~".*_total.*",job!="x"}"#, "--min-time", middle],
      ["series", first, "--match", #"{job="nothing"}"#],
      ["series", last, "--samples"], ["series", first, "--samples", "--format", "openmetrics", "--max-time", middle],
      ["diff", first, last], ["diff", last, first, "--output", "json"],
      ["diff", "--at", Timestamp.text(meta.minTime), "--at", middle, "--output", "csv"],
      ["index"], ["index", first, "--output", "json", "--match", #"{__name__=~".*_total.*"}"#],
    ]
  }

  @Test("every answer is that of the folder", arguments: Store.allCases)
  func answers(_ store: Store) async throws {
    let site = try await Site(store)
    for words in try Self.questions(site.data) {
      let here = try await site.runLocally(words)
      let there = try await site.run(words)
      #expect(here.status == 0 && there.status == 0, "\(words): \(here.error) \(there.error)")
      #expect(here.output == there.output && !here.output.isEmpty, "\(words)")
      #expect(there.error == here.error, "\(words)")
    }
  }

  @Test("blocks of every kind in a FILESYSTEM bucket", arguments: Fixtures.blocks)
  func kinds(_ block: String) async throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/bucket.yaml"
    let parts = block.split(separator: "/").map(String.init)
    let source = "\(Fixtures.root)/\(parts[0])"
    try AtomicFile.write(Array("type: FILESYSTEM\nconfig:\n  directory: \(source)\n".utf8), to: file)
    for words in [
      ["series", parts[1], "--output", "json"], ["series", parts[1], "--samples"], ["index", parts[1]],
      ["series", parts[1], "--samples", "--format", "openmetrics"], ["diff", parts[1], parts[1]],
    ] {
      let here = try await ProgramRun.run("inspect", words + ["--tsdb.path", source])
      let there = try await ProgramRun.run("inspect", words + ["--objstore.config-file", file])
      // 1 where OpenMetrics has no words for what the block holds.
      #expect(here.status == there.status && (here.status == 0 || words.contains("openmetrics")), "\(words): \(there.error)")
      #expect(here.output == there.output && here.output.utf8.count > 5, "\(words)")
      #expect(Self.untimed(here.error) == Self.untimed(there.error), "\(words)")
    }
  }

  /// Log lines without their times.
  private static func untimed(_ text: String) -> [Substring] {
    text.split(separator: "\n").map { $0.drop { $0 != " " } }
  }

  @Test("a line that breaks now and then costs requests, and changes no byte")
  func faults() async throws {
    let site = try await Site(.signatureV4)
    let server = try await SeaweedFS.shared.value
    let port = try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
    let mix = FaultMix([.cutResponse: 0.2, .resetInResponse: 0.1, .slowDown: 0.1], limit: 12)
    let proxy = try FaultProxy(to: port, seed: 11, faults: mix) { method, _ in method == "GET" }
    defer { proxy.stop() }
    let folder = try TemporaryFolder()
    let text = String(decoding: try OpenFile(site.bucketFile).readAll(limit: 1 << 20), as: UTF8.self)
    let file = "\(folder.path)/bucket.yaml"
    try AtomicFile.write(Array(text.replacing(server.endpoint, with: "127.0.0.1:\(proxy.port)").utf8), to: file)
    let (first, last) = ("\(site.data.ulids[0])", "\(site.data.ulids[site.data.ulids.count - 1])")
    for words in [["series", first, "--samples"], ["diff", first, last], ["index", last]] {
      let here = try await site.runLocally(words)
      let there = try await ProgramRun.run("inspect", words + ["--objstore.config-file", file])
      #expect(there.status == 0 && there.output == here.output, "\(words): \(there.error)")
    }
    #expect(proxy.faults.values.reduce(0, +) >= 3, "\(proxy.faults)")

    // Few requests for few series.
    proxy.change(to: .none)
    let before = proxy.requests
    let some = try await ProgramRun.run(
      "inspect", ["series", first, "--limit", "3", "--output", "csv", "--objstore.config-file", file])
    #expect(some.status == 0 && some.output.split(separator: "\n").count == 4)
    #expect(proxy.requests - before <= 12)
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let words: [String]
    var remove: [String] = []
    var yaml = (old: "", new: "")
    let status: Int32
    let expected: [String]
  }

  private static let ulid = "01M81B088QDAD3JHFN4993ETCA"

  @Test("what is not there, or not to be had, is one line", arguments: [
    Bad(
      testDescription: "a block that the bucket lacks", words: ["series", "01M81B088QDAD3JHFN4993ETCB"], status: 2,
      expected: ["01M81B088QDAD3JHFN4993ETCB/meta.json"]),
    Bad(
      testDescription: "no index", words: ["diff", ulid, ulid], remove: ["\(ulid)/index"], status: 3,
      expected: ["\(ulid)/index"]),
    Bad(
      testDescription: "no segment", words: ["series", ulid], remove: ["\(ulid)/chunks/000001"], status: 3,
      expected: ["\(ulid)/index", "segment", "verify"]),
    Bad(
      testDescription: "no segment, for samples", words: ["series", ulid, "--samples"],
      remove: ["\(ulid)/chunks/000001"], status: 3, expected: ["\(ulid)/index", "segment"]),
    Bad(
      testDescription: "no block covers a time", words: ["diff", "--at", "2020-01-01T00:00:00Z", "--at", "-1h"], status: 2,
      expected: ["no block covers 2020-01-01"]),
    Bad(
      testDescription: "an empty bucket", words: ["diff", "--at", "2020-01-01T00:00:00Z", "--at", "-1h"],
      remove: ["\(ulid)/meta.json", "\(ulid)/index", "\(ulid)/chunks/000001"], status: 2, expected: ["has no block"]),
    Bad(
      testDescription: "an empty bucket, the newest", words: ["series"],
      remove: ["\(ulid)/meta.json", "\(ulid)/index", "\(ulid)/chunks/000001"], status: 2, expected: ["has no block"]),
    Bad(
      testDescription: "a wrong secret", words: ["index", ulid], yaml: ("admin-secret-key", "wrong-secret"), status: 2,
      expected: ["secret"]),
    Bad(
      testDescription: "a bucket that is not there", words: ["series"], yaml: ("bucket: \"thanos\"", "bucket: \"no-such\""),
      status: 2, expected: ["no-such"]),
  ])
  func bad(_ bad: Bad) async throws {
    let file = try await WalkTests.BucketFile(signatureV2: true)
    for path in ["meta.json", "index", "chunks/000001"] where !bad.remove.contains("\(Self.ulid)/\(path)") {
      let bytes = try Fixtures.bytes("raw-float-and-histogram/\(Self.ulid)/\(path)")
      try await file.bucket.put("\(Self.ulid)/\(path)", .bytes(bytes))
    }
    let text = String(decoding: try OpenFile(file.path).readAll(limit: 1 << 20), as: UTF8.self)
    try AtomicFile.write(Array(text.replacing(bad.yaml.old, with: bad.yaml.new).utf8), to: file.path)
    let run = try await ProgramRun.run("inspect", bad.words + ["--objstore.config-file", file.path])
    #expect(run.status == bad.status, "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
    for word in bad.expected { #expect(run.error.contains(word), "\(run.error)") }
  }
}
