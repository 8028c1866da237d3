import Fixtures
import Glibc
import Platform
import Testing

/// The program as a user runs it on an archive.
@Suite("backfill from an archive, as a process")
struct ArchiveWalkTests {
  /// A folder with `bucket.yaml` for a bucket in it, and room for archives and what is unpacked.
  struct Place {
    private let folder: TemporaryFolder
    var path: String { folder.path }
    var archive: String { "\(path)/backup.tar.gz" }
    var scratch: String { "\(path)/scratch" }
    var bucket: [String] { ["--objstore.config-file", "\(path)/bucket.yaml"] }
    var arguments: [String] {
      ["--tsdb.path", archive, "--scratch-dir", scratch, "--label", "cluster=eu1"] + bucket
    }

    init() throws {
      folder = try TemporaryFolder()
      try AtomicFile.write(
        Array("type: FILESYSTEM\nconfig:\n  directory: \(path)/bucket\n".utf8), to: "\(path)/bucket.yaml")
      try Directory.create(scratch)
    }
  }

  @Test("a day of Prometheus' blocks in a tar.gz arrives whole; the scratch folder is left empty")
  func arrival() async throws {
    let (data, place) = (try await PrometheusData.shared.value, try Place())
    try shell("tar -C \(data.path)/.. -czf \(place.archive) data")
    let run = try await ProgramRun.run("backfill", place.arguments)
    #expect(run.status == 0 && run.output.contains("\(data.ulids.count) uploaded"), "\(run.output)\(run.error)")
    let verified = try await ProgramRun.run("verify", ["--tsdb.path", data.path] + place.bucket)
    #expect(verified.status == 0, "\(verified.output)")
    #expect(try Directory.entries(of: place.scratch).isEmpty)
  }

  @Test("a cut archive ends with 1 and a line that names the place; what went in is whole")
  func cut() async throws {
    let (data, place) = (try await PrometheusData.shared.value, try Place())
    try shell("tar -C \(data.path)/.. -czf \(place.path)/whole data")
    let size = try Directory.status(of: "\(place.path)/whole").size / 2
    try shell("head -c \(size) \(place.path)/whole > \(place.archive)")
    let run = try await ProgramRun.run("backfill", place.arguments)
    #expect(run.status == 1 && !run.output.contains(" 0 uploaded"), "\(run.output)")
    #expect(
      run.output.contains(
        "failed: \(place.archive): offset \(size): the file ends inside of its gzip stream: it was cut off\n"))
    let verified = try await ProgramRun.run("verify", place.bucket)
    #expect(!verified.output.contains("error:"), "\(verified.output)")
    #expect(try Directory.entries(of: place.scratch).isEmpty)
  }

  @Test(
    "interrupted it ends with 130 and leaves nothing unpacked; run again it completes", arguments: [SIGINT, SIGTERM])
  func interrupted(signal: Int32) async throws {
    let (data, place) = (try await PrometheusData.shared.value, try Place())
    try shell("tar -C \(data.path)/.. -czf \(place.archive) data")
    #expect(try await ProgramRun.interrupt("backfill", place.arguments, with: signal) == 130)
    #expect(try Directory.entries(of: place.scratch).isEmpty)
    #expect(try await ProgramRun.run("backfill", place.arguments).status == 0)
    #expect(try await ProgramRun.run("verify", ["--tsdb.path", data.path] + place.bucket).status == 0)
  }

  @Test("killed it leaves the scratch folder to the next run, which removes it")
  func killed() async throws {
    let (data, place) = (try await PrometheusData.shared.value, try Place())
    try shell("tar -C \(data.path)/.. -czf \(place.archive) data")
    #expect(try await ProgramRun.interrupt("backfill", place.arguments, with: SIGKILL) == -SIGKILL)
    #expect(try Directory.entries(of: place.scratch).count == 1)
    #expect(try await ProgramRun.run("backfill", place.arguments).status == 0)
    #expect(try Directory.entries(of: place.scratch).isEmpty)
  }

  @Test(
    "wrong input is one line and status 2",
    arguments: [
      ("echo hello > ARCHIVE", [], "neither a tar nor one packed with gzip or zstd"),
      (": > ARCHIVE", [], "the file is empty"),
      ("tar -C / -czf ARCHIVE etc/hostname", [], "holds no block"),
      ("tar -C / -cJf ARCHIVE etc/hostname", [], "xz is not supported"),
      (": > ARCHIVE", ["--scratch-limit", "much"], "--scratch-limit much is no size"),
      (": > ARCHIVE", ["--scratch-dir", ""], "--scratch-dir is empty"),
    ] as [(String, [String], String)])
  func oneLine(command: String, flags: [String], words: String) async throws {
    let place = try Place()
    try shell(command.replacing("ARCHIVE", with: place.archive))
    let run = try await ProgramRun.run("backfill", place.arguments + flags)
    #expect(run.status == 2 && run.output == "" && run.error.contains(words), "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1)
  }
}
