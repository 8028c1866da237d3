import Fixtures
import Glibc
import HTTP
import Platform

/// `backfill --watch` as a process, with its log and its pages.
final class WatchedProgram: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let port: UInt16
  private let folder: TemporaryFolder
  private let process: pid_t
  private let client: HTTPClient

  /// Starts it with a look at the folder every second, and waits until it serves.
  init(_ arguments: [String]) async throws {
    let port = try FreePorts.find(1)[0]
    let folder = try TemporaryFolder()
    let stream = unsafe open("\(folder.path)/log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(stream) }
    process = try Spawn.process(
      ["\(ProgramRun.folder)/backfill", "--watch", "--watch-interval", "1s", "--http-address", "127.0.0.1:\(port)"]
        + arguments, streams: [nil, nil, stream], environment: ["XDG_STATE_HOME": "\(folder.path)/state"])
    (self.port, self.folder, client) = (port, folder, try HTTPClient(HTTPConfiguration()))
    try await until("it is healthy") { await self.status("/-/healthy") == 200 }
  }

  var log: String {
    String(decoding: (try? OpenFile("\(folder.path)/log").readAll(limit: 1 << 26)) ?? [], as: UTF8.self)
  }

  func get(_ path: String) async -> HTTPResponse? {
    try? await client.send(
      HTTPRequest(method: .get, url: HTTPURL(secure: false, host: "127.0.0.1", port: port, path: path)))
  }

  func status(_ path: String) async -> Int? { await get(path)?.status }

  /// The value of a series, as it stands in the text.
  func metric(_ series: String) async -> String? {
    String(decoding: await get("/metrics")?.body ?? [], as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("\(series) ") }.map { String($0.dropFirst(series.count + 1)) }
  }

  /// Waits until something is so.
  func until(_ what: String, within time: Duration = .seconds(60), _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + time
    while try await !condition() {
      guard ContinuousClock.now < deadline else { throw Failure(description: "not within \(time): \(what). \(log)") }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Sends a signal and waits for the end.
  /// - Returns: the exit status.
  func end(with signal: Int32 = SIGTERM) async -> Int32 {
    kill(process, signal)
    return await wait()
  }

  /// Waits for it to end by itself.
  func wait() async -> Int32 { await OwnThread.run { [process] in Spawn.wait(for: process) } }
}
