import Fixtures
import Glibc
import Platform
import Testing

/// What other users of the machine may see of a configuration.
@Suite("secrets in arguments", .timeLimit(.minutes(5)))
struct S3ArgumentsTests {
  @Test("a configuration given as text is not in the list of processes any more", arguments: [true, false])
  func hidden(isOneWord: Bool) async throws {
    let server = try ScriptedServer { _, _ in [.wait(.seconds(60))] }
    let text =
      "{type: S3, config: {bucket: thanos, endpoint: \"127.0.0.1:\(server.port)\", insecure: true, "
      + "access_key: key-id, secret_key: top-secret}}"
    let flag = "--objstore.config"
    let process = try Spawn.process(
      ["\(ProgramRun.folder)/inspect"] + (isOneWord ? ["\(flag)=\(text)"] : [flag, text]), streams: [nil, nil, nil])
    let deadline = ContinuousClock.now + .seconds(60)
    while server.requests.isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
    let arguments = Self.arguments(of: process)
    kill(process, SIGKILL)
    _ = Spawn.wait(for: process)
    #expect(server.requests.first?["Authorization"]?.contains("key-id") == true)
    #expect(arguments.contains("inspect") && arguments.contains(flag))
    #expect(!arguments.contains("secret") && !arguments.contains("key-id"), "\(arguments)")
  }

  private static func arguments(of process: pid_t) -> String {
    // The file says that it is empty, so that it can only be read to its end.
    let file = unsafe open("/proc/\(process)/cmdline", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = unsafe read(file, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}

/// Proxies as the real environment names them, which libcurl reads, too.
@Suite("proxies around a program", .timeLimit(.minutes(5)))
struct S3ProxyTests {
  private func error(_ environment: [String: String]) async throws -> String {
    let text = "{type: S3, config: {bucket: thanos, endpoint: store.invalid, region: a, insecure: true}}"
    let empty = ["http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"].map { ($0, "") }
    let run = try await ProgramRun.run(
      "inspect", ["--objstore.config", text], environment: Dictionary(empty) { $1 }.merging(environment) { $1 })
    #expect(run.status == 2)
    return run.error
  }

  @Test("ALL_PROXY, which Thanos does not know, has no effect", arguments: ["all_proxy", "ALL_PROXY"])
  func allProxy(_ variable: String) async throws {
    let server = try ScriptedServer { _, _ in .response(200, [], "<ListBucketResult/>") }
    #expect(try await error([variable: "http://127.0.0.1:\(server.port)"]).contains("no such host"))
    #expect(server.requests.isEmpty)
  }

  @Test("a proxy of an unknown kind is named by its variable, without its password")
  func unknownKind() async throws {
    let text = try await error(["http_proxy": "foo://u:pwsecret@127.0.0.1:1"])
    #expect(text.contains("http_proxy names no proxy"))
    #expect(!text.contains("pwsecret"))
    #expect(text.split(separator: "\n").count == 1)
  }
}
