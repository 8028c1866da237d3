import Fixtures
import ObjectStore
import Platform
import Testing

/// Wrong input to the programs: one line on standard error that says what to do, status 2, and no secret. What keeps
/// `verify` from looking at a bucket at all is no wrong input: status 3.
@Suite("bad input")
struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    /// Words that the line must hold.
    let expected: [String]
    let program: String
    /// `DATA`, `BUCKET`, `ENDPOINT` and `DEAD` stand for real ones.
    let arguments: [String]
    var yaml = ""
    var status: Int32 = 2
    var testDescription: String { name }
  }

  static let good = WalkTests.BucketFile.text("ENDPOINT")
  static let upload = ["--tsdb.path", "DATA", "--objstore.config-file", "BUCKET", "--label", "a=1"]

  @Test("each is one clear line", arguments: [
    Case(
      name: "a wrong flag", expected: ["--tsdb.pth", "backfill --help"], program: "backfill",
      arguments: ["--tsdb.pth", "x"] + upload),
    Case(name: "no labels", expected: ["--label"], program: "backfill", arguments: Array(upload.prefix(4)), yaml: good),
    Case(
      name: "a label that is none", expected: ["label 1a=x"], program: "backfill",
      arguments: Array(upload.prefix(4)) + ["--label", "1a=x"], yaml: good),
    Case(
      name: "a rate of nothing", expected: ["--limit-rate 0", "50MiB"], program: "backfill",
      arguments: upload + ["--limit-rate", "0"], yaml: good),
    Case(
      name: "a rate that is none", expected: ["--limit-rate fast", "50MiB"], program: "backfill",
      arguments: upload + ["--limit-rate", "fast"], yaml: good),
    Case(
      name: "a negative concurrency", expected: ["--shipper.upload-concurrency -1", "256"], program: "backfill",
      arguments: upload + ["--shipper.upload-concurrency=-1"], yaml: good),
    Case(
      name: "too high a concurrency", expected: ["--shipper.upload-concurrency 257", "256"], program: "backfill",
      arguments: upload + ["--shipper.upload-concurrency", "257"], yaml: good),
    Case(name: "no source", expected: ["--tsdb.path"], program: "verify", arguments: []),
    Case(name: "two sources", expected: ["one of them"], program: "inspect", arguments: Array(upload.prefix(4)), yaml: good),
    Case(
      name: "a missing bucket file", expected: ["/nothing/here.yaml"], program: "verify",
      arguments: ["--objstore.config-file", "/nothing/here.yaml"]),
    Case(
      name: "malformed YAML", expected: ["bucket.yaml:3"], program: "inspect", arguments: ["--objstore.config-file", "BUCKET"],
      yaml: "type: S3\nconfig:\n\tbucket: x\n"),
    Case(
      name: "an unknown key", expected: ["bucket.yaml:4", "acces_key", "access_key"], program: "inspect",
      arguments: ["--objstore.config-file", "BUCKET"],
      yaml: "type: S3\nconfig:\n  bucket: x\n  acces_key: y\n"),
    Case(
      name: "a store that comes later", expected: ["GCS", "not supported yet"], program: "inspect",
      arguments: ["--objstore.config-file", "BUCKET"], yaml: "type: GCS\nconfig:\n  bucket: x\n"),
    Case(
      name: "wrong credentials", expected: ["secret_key"], program: "backfill", arguments: upload,
      yaml: WalkTests.BucketFile.text("ENDPOINT", secret: "wrong-secret")),
    Case(
      name: "an unreachable endpoint", expected: ["DEAD", "endpoint"], program: "backfill", arguments: upload,
      yaml: WalkTests.BucketFile.text("DEAD")),
    Case(
      name: "wrong credentials to verify with", expected: ["secret_key"], program: "verify",
      arguments: ["--objstore.config-file", "BUCKET"], yaml: WalkTests.BucketFile.text("ENDPOINT", secret: "wrong-secret"),
      status: 3),
    Case(
      name: "an unreachable endpoint to verify", expected: ["DEAD", "endpoint"], program: "verify",
      arguments: ["--objstore.config-file", "BUCKET"], yaml: WalkTests.BucketFile.text("DEAD"), status: 3),
    Case(
      name: "a missing bucket to verify", expected: ["no-such-bucket"], program: "verify",
      arguments: ["--objstore.config-file", "BUCKET"],
      yaml: WalkTests.BucketFile.text("ENDPOINT", bucket: "no-such-bucket")),
    Case(
      name: "a missing bucket", expected: ["no-such-bucket"], program: "inspect", arguments: ["--objstore.config-file", "BUCKET"],
      yaml: WalkTests.BucketFile.text("ENDPOINT", bucket: "no-such-bucket")),
    Case(
      name: "a missing directory", expected: ["/nothing/here"], program: "verify", arguments: ["--objstore.config-file", "BUCKET"],
      yaml: "type: FILESYSTEM\nconfig:\n  directory: /nothing/here\n"),
    Case(
      name: "a prefix that leaves the directory", expected: ["bucket.yaml", "prefix", "'..'"], program: "inspect",
      arguments: ["--objstore.config-file", "BUCKET"],
      yaml: "type: FILESYSTEM\nconfig:\n  directory: /tmp\nprefix: ../..\n"),
    Case(
      name: "an empty path", expected: ["--tsdb.path is empty"], program: "verify", arguments: ["--tsdb.path", ""]),
    Case(
      name: "a folder that is no TSDB", expected: ["is no Prometheus data folder"], program: "verify",
      arguments: ["--tsdb.path", "/usr"]),
    Case(
      name: "a folder that is not there", expected: ["no such folder"], program: "inspect",
      arguments: ["--tsdb.path", "/nothing/here"]),
  ])
  func oneLine(row: Case) async throws {
    let server = try await SeaweedFS.shared.value
    let (data, folder) = (try DataFolder(), try TemporaryFolder())
    let dead = "127.0.0.1:\(try FreePorts.find(1)[0])"
    let names = ["DATA": data.path, "BUCKET": "\(folder.path)/bucket.yaml", "ENDPOINT": server.endpoint, "DEAD": dead]
    func filled(_ text: String) -> String { names.reduce(text) { $0.replacing($1.key, with: $1.value) } }
    try AtomicFile.write(Array(filled(row.yaml).utf8), to: "\(folder.path)/bucket.yaml")

    let began = ContinuousClock.now
    let run = try await ProgramRun.run(row.program, row.arguments.map(filled))
    #expect(run.status == row.status)
    // A table that was begun comes to its end.
    #expect(run.output == "" || row.status == 3 && run.output.contains("ended early"))
    #expect(run.error.hasPrefix("\(row.program): ") && run.error.split(separator: "\n").count == 1, "\(run.error)")
    for word in row.expected { #expect(run.error.contains(filled(word)), "\(run.error)") }
    for secret in ["wrong-secret", SeaweedFS.admin.secretKey.exposed] { #expect(!run.error.contains(secret)) }
    #expect(began.duration(to: .now) < .seconds(60), "nobody waits that long for a typing error")
  }
}
