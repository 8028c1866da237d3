import Fixtures
import Glibc
import Logging
import ObjectStore
import OrderedJSON
import Platform
import TSDB
import Testing

/// The whole walk on real parts: a promtool's blocks, the programs as processes, a real S3 server.
@Suite("the walk from a Prometheus into a bucket")
struct WalkTests {
  /// A bucket file of a prefix that no other test uses.
  struct BucketFile {
    let folder: TemporaryFolder
    let path: String
    let bucket: any Bucket

    init(signatureV2: Bool) async throws {
      let server = try await SeaweedFS.shared.value
      let prefix = SeaweedFS.freshPrefix()
      folder = try TemporaryFolder()
      path = "\(folder.path)/bucket_storage.yaml"
      let text = Self.text(server.endpoint, prefix: prefix, signatureV2: signatureV2)
      try AtomicFile.write(Array(text.utf8), to: path)
      bucket = try BucketConfiguration(parsing: text, name: "test", environment: [:]).open(logger: Logger(label: "test"))
    }

    static func text(
      _ endpoint: String, bucket: String = SeaweedFS.bucket, prefix: String = "", signatureV2: Bool = false,
      secret: String = SeaweedFS.admin.secretKey.exposed
    ) -> String {
      """
      type: S3
      config:
        bucket: "\(bucket)"
        endpoint: "\(endpoint)"
        insecure: true
        signature_version2: \(signatureV2)
        access_key: "\(SeaweedFS.admin.accessKey)"
        secret_key: "\(secret)"
      prefix: "\(prefix)"
      """
    }
  }

  static let label = ["--label", "cluster=\"eu1\""]

  @Test("backfill, verify and inspect agree on every block", arguments: [true, false])
  func walk(signatureV2: Bool) async throws {
    let data = try await PrometheusData.shared.value
    let file = try await BucketFile(signatureV2: signatureV2)
    let (source, target) = (["--tsdb.path", data.path], ["--objstore.config-file", file.path])

    let first = try await ProgramRun.run("backfill", source + target + Self.label)
    #expect(first.status == 0, "\(first.error)")
    #expect(first.output.hasSuffix(" 0 skipped, 0 failed\n") && first.output.contains("\(data.ulids.count) uploaded"))
    let second = try await ProgramRun.run("backfill", source + target + Self.label)
    #expect(second.status == 0 && second.output.contains("\n0 uploaded (0 B), \(data.ulids.count) skipped, 0 failed\n"))

    for arguments in [source, target, source + target] {
      let verified = try await ProgramRun.run("verify", arguments)
      #expect(verified.status == 0, "\(verified.output) \(verified.error)")
      #expect(verified.output.contains("\n\(data.ulids.count) good, 0 bad, 0 findings"))
    }

    let inspected = try await ProgramRun.run("inspect", target + ["--output", "json"])
    let rows = try #require(try JSONValue(parsing: Array(inspected.output.utf8)).array)
    #expect(Set(rows.compactMap { $0.object?["ULID"]?.string }) == Set(data.ulids.map(\.description)))
    #expect(rows.allSatisfy { $0.object?["LABELS"]?.string == "cluster=eu1" && $0.object?["STATE"]?.string == "ok" })
  }

  @Test("what arrived is byte for byte the local block")
  func bytes() async throws {
    let data = try await PrometheusData.shared.value
    let file = try await BucketFile(signatureV2: false)
    let run = try await ProgramRun.run(
      "backfill", ["--tsdb.path", data.path, "--objstore.config-file", file.path] + Self.label)
    #expect(run.status == 0, "\(run.error)")
    for ulid in data.ulids {
      for name in ["index", "chunks/000001"] {
        let local = try OpenFile("\(data.path)/\(ulid)/\(name)").readAll(limit: 1 << 30)
        #expect(try await file.bucket.read("\(ulid)/\(name)", limit: 1 << 30) == local)
      }
    }
  }

  @Test("damage in the bucket is found, named and ends with 1")
  func damage() async throws {
    let data = try await PrometheusData.shared.value
    let file = try await BucketFile(signatureV2: true)
    let (source, target) = (["--tsdb.path", data.path], ["--objstore.config-file", file.path])
    #expect(try await ProgramRun.run("backfill", source + target + Self.label).status == 0)
    let keys = ["\(data.ulids[0])/chunks/000001", "\(data.ulids[1])/index"]
    var bytes = try await file.bucket.read(keys[0], limit: 1 << 30)
    bytes[bytes.count / 2] ^= 1
    try await file.bucket.put(keys[0], .bytes(bytes))
    try await file.bucket.delete(keys[1])

    let copy = try await ProgramRun.run("verify", source + target)
    #expect(copy.status == 1)
    #expect(copy.output.contains("error: content-mismatch: \(keys[0]): offset \(bytes.count / 2): "))
    #expect(copy.output.contains("error: missing-object: \(keys[1]): "))
    let alone = try await ProgramRun.run("verify", target)
    #expect(alone.status == 1)
    #expect(alone.output.contains("error: hash-mismatch: \(keys[0])") && alone.output.contains("error: missing-object: \(keys[1])"))
  }

  @Test("a run that is interrupted ends with 130, and the next one completes it")
  func interrupted() async throws {
    let data = try await PrometheusData.shared.value
    let file = try await BucketFile(signatureV2: false)
    let arguments = ["--tsdb.path", data.path, "--objstore.config-file", file.path] + Self.label
    #expect(try await ProgramRun.interrupt("backfill", arguments, with: SIGINT) == 130)
    // Whatever has a meta.json is whole.
    let verified = try await ProgramRun.run("verify", ["--objstore.config-file", file.path])
    #expect(!verified.output.contains("error:"), "\(verified.output)")
    #expect(try await ProgramRun.run("backfill", arguments).status == 0)
    let complete = try await ProgramRun.run("verify", Array(arguments.prefix(4)))
    #expect(complete.status == 0, "\(complete.output)")
  }
}
