import Fixtures
import Glibc
import HTTP
import Platform
import Testing

/// A real Prometheus of a test's own, on blocks that end now: `.tools/bin/prometheus`. It scrapes itself.
///
/// A shell watches over it as over SeaweedFS: when this goes, or the process ends, the shell ends it by its process ID.
final class RealPrometheus: Sendable {
  let url: String
  /// Its data folder.
  let path: String
  private let folder: TemporaryFolder
  private let watcher: (process: pid_t, input: Int32)

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static let program = ProgramRun.root + "/.tools/bin/prometheus"

  /// Starts it on blocks that end now and waits until its first scrape is in memory.
  convenience init(_ arguments: [String] = []) async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/data"
    let made = try await ProgramRun.script(
      "make-data",
      [
        "--no-compaction", "--days", "1", "--series", "20", "--interval", "120", "--end",
        "@\(WallClock.milliseconds / 1000)", path,
      ])
    guard made.status == 0 else { throw Failure(description: "make-data: \(made.error)") }
    try await self.init(on: path, in: folder, arguments)
  }

  /// The same on a data folder that is there.
  /// - Parameter folder: for its configuration and log.
  init(on path: String, in folder: TemporaryFolder, _ arguments: [String] = []) async throws {
    guard (try? Directory.status(of: Self.program))?.kind == .file else {
      throw Failure(description: "no Prometheus at \(Self.program): run scripts/setup")
    }
    self.folder = folder
    self.path = path
    let port = try FreePorts.find(1)[0]
    url = "http://127.0.0.1:\(port)"
    let configuration = "\(folder.path)/prometheus.yml"
    try AtomicFile.write(Array(Self.configuration(port).utf8), to: configuration)
    // Its working directory is not the folder's parent, so the data folder is given by its whole path.
    let words = [
      Self.program, "--config.file=\(configuration)", "--storage.tsdb.path=\(path)",
      "--web.listen-address=127.0.0.1:\(port)",
    ]
    watcher = try Self.start(words + arguments, log: "\(folder.path)/log")
    try await waitForScrape(port)
  }

  deinit {
    close(watcher.input)
    // The folder goes when nobody writes to it any more.
    _ = Spawn.wait(for: watcher.process)
  }

  private static func configuration(_ port: UInt16) -> String {
    """
    global:
      scrape_interval: 1s
      external_labels: {cluster: eu1, replica: a}
    scrape_configs:
      - job_name: itself
        static_configs: [{targets: ["127.0.0.1:\(port)"]}]
    """
  }

  private static func start(_ words: [String], log: String) throws -> (process: pid_t, input: Int32) {
    let script = #"""
      log=$1; shift
      "$@" >"$log" 2>&1 &
      child=$!
      cat >/dev/null
      kill $child
      wait $child
      """#
    let pipe = try Spawn.pipe()
    let process = try Spawn.process(
      ["/bin/sh", "-c", script, "sh", log] + words, streams: [pipe.reader, nil, nil], ownGroup: true)
    close(pipe.reader)
    return (process, pipe.writer)
  }

  private func waitForScrape(_ port: UInt16) async throws {
    let client = try HTTPClient(HTTPConfiguration())
    let question = HTTPURL(secure: false, host: "127.0.0.1", port: port, path: "/api/v1/query", query: "query=up")
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      let answer = try? await client.send(HTTPRequest(method: .get, url: question))
      if String(decoding: answer?.body ?? [], as: UTF8.self).contains("\"itself\"") { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    let log = try? OpenFile("\(folder.path)/log").readAll(limit: 1 << 26)
    throw Failure(description: "Prometheus does not scrape: \(String(decoding: log ?? [], as: UTF8.self).suffix(2000))")
  }
}
