import Dispatch
import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import Synchronization
import TSDB
import Testing

/// What `inspect chunks` says where a source is not as it should be.
@Suite("inspect chunks of sources that are not whole", .timeLimit(.minutes(5)))
struct InspectChunksSourceTests {
  private static let ulid = "01M81B088QDAD3JHFN4993ETCA"

  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var blocks = ["raw-float-and-histogram/\(ulid)"]
    /// What becomes of the folder.
    let change: @Sendable (DataFolder) throws -> Void
    var arguments: [String] = [ulid]
    let status: Int32
    /// In the error, or where the status is 1 in the table.
    let words: [String]
  }

  private static let segment = "\(ulid)/chunks/000001"

  private static let all: [Bad] = [
    Bad(
      testDescription: "an empty folder", blocks: [], change: { _ = Directory.removeIfEmpty("\($0.path)/wal") },
      arguments: [], status: 2, words: ["it is empty"]),
    Bad(
      testDescription: "a folder with only a WAL", blocks: [], change: { _ in }, arguments: [], status: 2,
      words: ["has no block yet"]),
    Bad(
      testDescription: "a meta.json that is not JSON", change: { try $0.write([0x78], to: "\(ulid)/meta.json") },
      arguments: [], status: 2, words: ["meta.json", "verify"]),
    Bad(
      testDescription: "the same, named", change: { try $0.write([0x78], to: "\(ulid)/meta.json") }, status: 3,
      words: ["meta.json", "verify"]),
    Bad(
      testDescription: "an index that is damaged", change: { try $0.flip("\(ulid)/index", at: 2000) }, status: 3,
      words: ["index", "verify"]),
    Bad(
      testDescription: "a segment that is missing",
      change: { try Directory.removeFile("\($0.path)/\(segment)") }, status: 1, words: ["no chunk begins here", "segment 1"]),
    Bad(
      testDescription: "a segment that was cut off",
      change: { try $0.write(Array(try $0.read(segment).dropLast(7000)), to: segment) }, status: 1,
      words: ["bytes of it before the end of the file", "no chunk begins here"]),
    Bad(
      testDescription: "a segment that is none", change: { try $0.flip(segment, at: 0) }, status: 1,
      words: ["chunks/000001", "no chunk begins here"]),
    Bad(
      testDescription: "an empty segment", change: { try $0.write([], to: segment) }, status: 1,
      words: ["the header of a chunk segment"]),
    Bad(
      testDescription: "a chunk that is damaged", change: { try $0.flip(segment, at: 50_000) }, status: 1, words: ["checksum"]),
    Bad(
      testDescription: "an encoding that nobody knows",
      change: { data in try SegmentFrames("\(data.path)/\(segment)").rewrite(data) { $0[3].encoding = 77 } }, status: 0,
      words: ["77"]),
    Bad(
      testDescription: "a path that is no block", change: { _ in }, arguments: ["/tmp"], status: 2, words: ["meta.json"]),
  ]

  @Test("what is wrong is said", arguments: all)
  func bad(_ bad: Bad) async throws {
    try await Slots.processes.with {
      let data = try DataFolder(bad.blocks)
      try bad.change(data)
      let source = bad.arguments == ["/tmp"] ? [] : ["--tsdb.path", data.path]
      let run = try await ProgramRun.run("inspect", ["chunks"] + bad.arguments + source)
      #expect(run.status == bad.status, "\(run.error)")
      if bad.status > 1 {
        #expect(run.error.split(separator: "\n").count == 1 && run.output.isEmpty, "\(run.error)")
      } else {
        #expect(run.output.contains("Compaction analysis"))
      }
      for word in bad.words { #expect((bad.status > 1 ? run.error : run.output).contains(word), "\(word): \(run.error)") }
    }
  }

  // MARK: A bucket

  /// A bucket with the blocks of a real promtool, and a proxy before it.
  private struct Site {
    let data: PrometheusData
    let proxy: FaultProxy
    let direct: WalkTests.BucketFile
    let folder: TemporaryFolder
    var target: [String] { ["--objstore.config-file", "\(folder.path)/bucket.yaml"] }

    init(
      faults: FaultMix = .none, where isConcerned: @escaping @Sendable (String, String) -> Bool = { _, _ in true }
    ) async throws {
      data = try await PrometheusData.shared.value
      direct = try await WalkTests.BucketFile(signatureV2: false)
      let sent = try await ProgramRun.run(
        "backfill", ["--tsdb.path", data.path, "--objstore.config-file", direct.path] + WalkTests.label)
      try #require(sent.status == 0, "\(sent.error)")
      let server = try await SeaweedFS.shared.value
      let port = try #require(server.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
      proxy = try FaultProxy(to: port, seed: 5, faults: faults, where: isConcerned)
      folder = try TemporaryFolder()
      let text = String(decoding: try OpenFile(direct.path).readAll(limit: 1 << 20), as: UTF8.self)
        .replacing(server.endpoint, with: "127.0.0.1:\(proxy.port)")
      try AtomicFile.write(Array(text.utf8), to: "\(folder.path)/bucket.yaml")
    }
  }

  private static func document(_ arguments: [String]) async throws -> JSONObject {
    let run = try await ProgramRun.run("inspect", ["chunks", "--output", "json"] + arguments)
    try #require(run.status == 0, "\(run.error)")
    return try #require(try JSONValue(parsing: Array(run.output.utf8)).object)
  }

  @Test("answers that are cut off half-way make no difference", arguments: [[], ["--match", "{instance=~\".*1.*\"}"], ["--index-only"]])
  func cut(_ flags: [String]) async throws {
    try await Slots.processes.with {
      let mix = FaultMix([.cutResponse: 0.5, .resetInResponse: 0.5], limit: 3)
      let site = try await Site(faults: mix) { method, target in
        method == "GET" && (target.contains("/chunks/") || target.contains("/index"))
      }
      defer { site.proxy.stop() }
      let ulid = site.data.ulids[0].description
      let there = try await Self.document(site.target + [ulid] + flags)
      #expect(there == (try await Self.document(["--tsdb.path", site.data.path, ulid] + flags)))
      #expect(site.proxy.faults.values.reduce(0, +) == 3)
    }
  }

  @Test("a segment that is deleted when it is asked for ends it, in a line that names it")
  func deleted() async throws {
    try await Slots.processes.with {
      let data = try await PrometheusData.shared.value
      let key = "\(data.ulids[0])/chunks/000001"
      let bucket = Late()
      let site = try await Site { method, target in
        // Before the request goes on.
        if method == "GET", target.contains(key), let bucket = bucket.value {
          let done = DispatchSemaphore(value: 0)
          Task {
            try? await bucket.delete(key)
            done.signal()
          }
          done.wait()
        }
        return false
      }
      defer { site.proxy.stop() }
      bucket.set(site.direct.bucket)
      let run = try await ProgramRun.run("inspect", ["chunks", data.ulids[0].description] + site.target)
      #expect(run.status == 3 && run.output.isEmpty, "\(run.error)")
      #expect(run.error.split(separator: "\n").count == 1 && run.error.contains(key), "\(run.error)")
    }
  }

  @Test("one connection is enough, as a store may be asked with", arguments: [[], ["--match", "{pod=~\".*3\"}"]])
  func oneConnection(_ flags: [String]) async throws {
    try await Slots.processes.with {
      let site = try await UploadSite(extra: ["http_config: {max_conns_per_host: 1}"])
      defer { site.proxy.stop() }
      #expect(try await site.start().wait() == 0)
      let ulid = site.data.ulids[1]
      let there = try await Self.document(site.bucketArguments + [ulid] + flags)
      #expect(there == (try await Self.document(["--tsdb.path", site.data.path, ulid] + flags)))
    }
  }

  @Test("of a bucket a selector costs the index and the chunks that match")
  func bytes() async throws {
    try await Slots.processes.with {
      let site = try await UploadSite()
      defer { site.proxy.stop() }
      #expect(try await site.start().wait() == 0)
      let ulid = site.data.ulids[1]
      let before = site.proxy.bytesForwarded
      let run = try await ProgramRun.run(
        "inspect", ["chunks", ulid, "--match", "{pod=\"service-00-007\"}", "--output", "json"] + site.bucketArguments)
      #expect(run.status == 0, "\(run.error)")
      let block = try #require(try JSONValue(parsing: Array(run.output.utf8)).object?["block"]?.object)
      let (bytes, all) = (block["chunks_bytes"]?.int64 ?? 0, block["segments_bytes"]?.int64 ?? 0)
      #expect(block["series"]?.int64 == 1 && bytes > 50_000 && all > 20 << 20)
      let index = site.data.files(of: ulid).first { $0.key.hasSuffix("/index") }?.size ?? 0
      #expect(site.proxy.bytesForwarded - before < UInt64(bytes) + index + 200_000)
    }
  }
}

/// A bucket that is known later than what asks for it.
private final class Late: Sendable {
  private let bucket = Mutex<(any Bucket)?>(nil)

  var value: (any Bucket)? { bucket.withLock { $0 } }
  func set(_ value: any Bucket) { bucket.withLock { $0 = value } }
}
