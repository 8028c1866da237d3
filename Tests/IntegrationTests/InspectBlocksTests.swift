import Fixtures
import ObjectStore
import OrderedJSON
import Platform
import Testing

/// Inspect against a real S3 server.
@Suite("inspect blocks and timeline of a bucket")
struct InspectBlocksTests {
  private static let ulid = "01M81B08HN0JE90AJ4DW4J7HDV"

  private func upload(to bucket: any Bucket) async throws {
    let root = "\(Fixtures.root)/downsampled"
    for file in try DataFolder.files(below: root) where file.contains("/01M81") {
      let key = String(file.dropFirst(root.count + 1))
      try await bucket.put(key, .bytes(try OpenFile(file).readAll(limit: 1 << 30)))
    }
  }

  private func rows(_ arguments: [String], cache: String) async throws -> [JSONObject] {
    let run = try await ProgramRun.run(
      "inspect", ["blocks", "--output", "json"] + arguments, environment: ["XDG_CACHE_HOME": cache])
    #expect(run.status == 0, "\(run.error)")
    return try JSONValue(parsing: Array(run.output.utf8)).array?.compactMap(\.object) ?? []
  }

  @Test("a run that remembers shows the same as one that does not, and what was replaced in between")
  func cache() async throws {
    let file = try await WalkTests.BucketFile(signatureV2: false)
    try await upload(to: file.bucket)
    let cache = try TemporaryFolder()
    let arguments = ["--objstore.config-file", file.path]
    let plain = try await rows(arguments + ["--no-cache"], cache: cache.path)
    #expect(plain.count == 3 && plain.allSatisfy { $0["STATE"] == .string("ok") })
    #expect(try Directory.entries(of: cache.path).isEmpty)
    #expect(try await rows(arguments, cache: cache.path) == plain)
    #expect(try DataFolder.files(below: cache.path).count == 1)
    #expect(try await rows(arguments, cache: cache.path) == plain)

    let key = "\(Self.ulid)/meta.json"
    let text = String(decoding: try await file.bucket.read(key, limit: 1 << 20), as: UTF8.self)
    try await file.bucket.put(key, .bytes(Array(text.replacing("bucket.upload", with: "bucket.UPLOAD").utf8)))
    try await file.bucket.put("\(Self.ulid)/no-compact-mark.json", .bytes(Array("{}".utf8)))
    let row = try #require(try await rows(arguments + ["--id", Self.ulid], cache: cache.path).first)
    #expect(row["SOURCE"] == .string("bucket.UPLOAD") && row["MARKERS"] == .string("no-compact"))
    #expect(try await rows(arguments, cache: cache.path).count == 3)
  }

  @Test("the timeline of a bucket is drawn 80 columns wide where there is no terminal")
  func timeline() async throws {
    let file = try await WalkTests.BucketFile(signatureV2: true)
    try await upload(to: file.bucket)
    let run = try await ProgramRun.run("inspect", ["timeline", "--ascii", "--objstore.config-file", file.path])
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.split(separator: "\n").contains { $0 == String(repeating: "1", count: 80) })
    #expect(run.output.contains("{cluster=\"fixture\"} 5m: 1 block, 0 gaps, 0 overlaps\n"))
  }
}
