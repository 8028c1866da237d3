import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import Testing

/// `inspect plan` as a user runs it, on a folder, in a FILESYSTEM bucket and against a real S3 server.
@Suite("inspect plan")
struct InspectPlanTests {
  private static let policy = [
    "plan", "--retention.raw", "30d", "--retention.5m", "180d", "--retention.1h", "2y", "--horizon", "6y", "--bandwidth", "1MiB",
    "--churn",
  ]
  private static let prices = """
    currency: EUR
    storage_per_gib_month: 0.023
    put_per_1000: 0.005
    get_per_1000: 0.0004
    egress_per_gib: 0.09
    """

  /// Downsampled blocks with Thanos' meta.json, raw ones without labels, and one that is marked.
  private static func data() throws -> DataFolder {
    let data = try DataFolder(Fixtures.blocks)
    let mark = #"{"id":"01M81B088QDAD3JHFN4993ETCA","version":1,"no_compact_time":1,"reason":"manual","details":"by hand"}"#
    try data.write(Array(mark.utf8), to: "01M81B088QDAD3JHFN4993ETCA/no-compact-mark.json")
    return data
  }

  private static func upload(_ data: DataFolder, to bucket: any Bucket) async throws {
    for file in try DataFolder.files(below: data.path) {
      let key = String(file.dropFirst(data.path.count + 1))
      try await bucket.put(key, .bytes(try OpenFile(file).readAll(limit: 1 << 30)))
    }
  }

  @Test("a bucket on a real S3 server, one in a folder, and the folder that was uploaded come to the same plan")
  func same() async throws {
    let (data, folder) = (try Self.data(), try TemporaryFolder())
    let s3 = try await WalkTests.BucketFile(signatureV2: false)
    try await Self.upload(data, to: s3.bucket)
    try AtomicFile.write(Array(Self.prices.utf8), to: "\(folder.path)/prices.yaml")
    let yaml = "type: FILESYSTEM\nconfig:\n  directory: \(data.path)\n"
    try AtomicFile.write(Array(yaml.utf8), to: "\(folder.path)/bucket.yaml")

    for output in ["json", "markdown", "table"] {
      let flags = Self.policy + ["--prices", "\(folder.path)/prices.yaml", "--output", output]
      func plan(_ source: [String]) async throws -> String {
        // The second run of the bucket has the first one's cache.
        let run = try await ProgramRun.run("inspect", flags + source, environment: ["XDG_CACHE_HOME": "\(folder.path)/cache"])
        #expect(run.status == 0, "\(run.error)")
        return run.output
      }
      let local = try await plan(["--tsdb.path", data.path])
      #expect(local.contains("01M81B088QDAD3JHFN4993ETCA") && local.contains("manual: by hand"))
      #expect(try await plan(["--objstore.config-file", s3.path]) == local)
      #expect(try await plan(["--objstore.config-file", s3.path, "--no-cache"]) == local)
      #expect(try await plan(["--objstore.config-file", "\(folder.path)/bucket.yaml"]) == local)
    }
    let kept = try DataFolder.files(below: "\(folder.path)/cache").map { $0.split(separator: "/").dropLast().last ?? "" }
    #expect(kept == ["index-end", "meta"])
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Done in an empty folder.
    let make: String
    let arguments: [String]
    let status: Int32
    /// In the line on standard error; none is expected where there are none.
    let words: [String]
    var output = ""
  }

  private static let meta = #"{"version":1,"ulid":"01M81B088QDAD3JHFN4993ETCA","minTime":0,"maxTime":7200000}"#
  private static let block = "mkdir -p wal 01M81B088QDAD3JHFN4993ETCA && echo '\(meta)' > 01M81B088QDAD3JHFN4993ETCA/meta.json"
  private static let broken = "mkdir -p wal 01M81B088QDAD3JHFN4993ETCA && echo x > 01M81B088QDAD3JHFN4993ETCA/meta.json"

  @Test("bad input is one line, and odd blocks are none", arguments: [
    Bad(testDescription: "blocks: an empty folder", make: "true", arguments: ["blocks"], status: 2, words: ["it is empty"]),
    Bad(testDescription: "timeline: an empty folder", make: "true", arguments: ["timeline"], status: 2, words: ["it is empty"]),
    Bad(testDescription: "plan: an empty folder", make: "true", arguments: ["plan"], status: 2, words: ["it is empty"]),
    Bad(
      testDescription: "blocks: only a WAL", make: "mkdir wal", arguments: ["blocks", "--output", "csv", "--columns", "ulid"],
      status: 0, words: [], output: "ULID\n"),
    Bad(
      testDescription: "timeline: only a WAL", make: "mkdir wal", arguments: ["timeline"], status: 0, words: [],
      output: "no blocks with times\n"),
    Bad(
      testDescription: "plan: only a WAL", make: "mkdir wal", arguments: ["plan"], status: 2,
      words: ["there is no block to plan with, of 0 in the source"]),
    Bad(
      testDescription: "blocks: a meta.json that is not JSON", make: broken,
      arguments: ["blocks", "--output", "csv", "--columns", "ulid,state"], status: 0, words: [],
      output: "ULID,STATE\n01M81B088QDAD3JHFN4993ETCA,"),
    Bad(
      testDescription: "blocks: the same, filtered", make: broken,
      arguments: ["blocks", "--output", "csv", "--columns", "ulid", "--resolution", "raw"], status: 0,
      words: ["1 block without a readable meta.json left out"], output: "ULID\n"),
    Bad(
      testDescription: "timeline: a meta.json that is not JSON", make: broken, arguments: ["timeline"], status: 0,
      words: ["1 block without a readable meta.json left out"], output: "no blocks with times\n"),
    Bad(
      testDescription: "plan: a meta.json that is not JSON", make: broken, arguments: ["plan"], status: 2,
      words: ["of 1 in the source: 01M81B088QDAD3JHFN4993ETCA", "meta.json"]),
    Bad(
      testDescription: "plan: a block without index", make: block, arguments: ["plan", "--output", "json"], status: 0, words: [],
      output: "{\n  \"schema\": \"blockhaul.inspect.plan/1\""),
    Bad(
      testDescription: "plan: leftovers alone", make: "mkdir -p 01M81B088QDAD3JHFN4993ETCA.tmp-for-creation", arguments: ["plan"],
      status: 2, words: ["of 0 in the source"]),
    Bad(
      testDescription: "plan: no price list", make: block, arguments: ["plan", "--prices", "nowhere.yaml"], status: 2,
      words: ["nowhere.yaml", "price list"]),
    Bad(
      testDescription: "plan: raw blocks gone before they are downsampled", make: block,
      arguments: ["plan", "--retention.raw", "39h"], status: 2, words: ["--retention.raw 39h", "40h", "--downsampling.disable"]),
    Bad(
      testDescription: "plan: 5m blocks gone before they are downsampled", make: block,
      arguments: ["plan", "--retention.5m", "9d"], status: 2, words: ["--retention.5m 9d", "10d"]),
    Bad(
      testDescription: "plan: a negative price", make: "\(block) && echo 'put_each: -1' > prices.yaml",
      arguments: ["plan", "--prices", "prices.yaml"], status: 2, words: ["prices.yaml:1: put_each", "0 or more"]),
    Bad(
      testDescription: "plan: an unknown price", make: "\(block) && echo 'storage: 1' > prices.yaml",
      arguments: ["plan", "--prices", "prices.yaml"], status: 2, words: ["prices.yaml:1: storage", "storage_per_gib_month"]),
    Bad(
      testDescription: "plan: prices that are no YAML", make: "\(block) && echo 'a: [' > prices.yaml",
      arguments: ["plan", "--prices", "prices.yaml"], status: 2, words: ["prices.yaml", "it is no YAML"]),
    Bad(
      testDescription: "plan: no prices at all", make: "\(block) && touch prices.yaml",
      arguments: ["plan", "--prices", "prices.yaml"], status: 2, words: ["prices.yaml", "expected `key: value` lines"]),
  ])
  func bad(_ bad: Bad) async throws {
    let folder = try TemporaryFolder()
    try Directory.create("\(folder.path)/data")
    try shell("cd \(folder.path)/data && \(bad.make)")
    let arguments = bad.arguments.map { $0.hasSuffix(".yaml") ? "\(folder.path)/data/\($0)" : $0 }
    let run = try await ProgramRun.run("inspect", arguments + ["--tsdb.path", "\(folder.path)/data"])
    #expect(run.status == bad.status, "\(run.error)")
    #expect(run.error.split(separator: "\n").count == (bad.words.isEmpty ? 0 : 1), "\(run.error)")
    for word in bad.words { #expect(run.error.contains(word), "\(run.error)") }
    #expect(bad.output.isEmpty ? run.output.isEmpty : run.output.hasPrefix(bad.output), "\(run.output)")
  }
}
