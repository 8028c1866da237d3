import Fixtures
import Logging
import OrderedJSON
import Synchronization
import Testing

@testable import PrometheusAPI

@Suite("Questions to a running Prometheus", .timeLimit(.minutes(1)))
struct PrometheusClientTests {
  private func client(_ server: ScriptedServer, prefix: String = "") throws -> PrometheusClient {
    try PrometheusClient(
      try PrometheusAddress("http://127.0.0.1:\(server.port)\(prefix)"), logger: silent, interval: .milliseconds(20))
  }

  private func error(_ body: () async throws -> Void) async -> PrometheusError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? PrometheusError
    }
  }

  static func data(_ json: String) -> [ScriptedServer.Step] {
    .response(200, [("Content-Type", "application/json")], #"{"status":"success","data":\#(json)}"#)
  }

  @Test("labels are those of its configuration, asked for below its prefix")
  func configuration() async throws {
    let server = try ScriptedServer { _, _ in
      Self.data(#"{"yaml":"global:\n  external_labels:\n    cluster: eu1\n    host: ${HOST}\n"}"#)
    }
    let labels = try await client(server, prefix: "/prom").configuration().externalLabels
    #expect(labels.map(\.value) == ["eu1", "${HOST}"])
    #expect(labels.allSatisfy { !$0.isVariable })
    #expect(server.requests.map(\.target) == ["/prom/api/v1/status/config"])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let answer: [ScriptedServer.Step]
    let code: PrometheusError.Code
    let words: String
    var testDescription: String { name }
  }

  @Test(
    "an answer that is not Prometheus' own is told by its kind",
    arguments: [
      Case(
        name: "HTML", answer: .response(200, [("Content-Type", "text/html; charset=utf-8")], "<html>Grafana</html>"),
        code: .notPrometheus, words: "an HTML page with status 200"),
      Case(name: "not found", answer: .response(404, [], "404 page not found"), code: .notPrometheus, words: "404"),
      Case(name: "other JSON", answer: .response(200, [], #"{"ok":true}"#), code: .notPrometheus, words: "200"),
      Case(name: "half an answer", answer: data(#"{"no_yaml":1}"#), code: .notPrometheus, words: "no text"),
      Case(
        name: "login", answer: .response(302, [("Location", "https://login.example/")]), code: .notPrometheus,
        words: "a redirect to https://login.example/"),
      Case(name: "401", answer: .response(401), code: .accessDenied, words: "credentials"),
      Case(name: "403", answer: .response(403, [], "<html>no"), code: .accessDenied, words: "credentials"),
      Case(
        name: "its own no", answer: .response(500, [], #"{"status":"error","errorType":"internal","error":"oh dear"}"#),
        code: .rejected, words: "status 500: oh dear"),
      Case(name: "bad YAML", answer: data(#"{"yaml":"global: ["}"#), code: .malformed, words: "no YAML"),
    ])
  func answers(_ test: Case) async throws {
    let server = try ScriptedServer { _, _ in test.answer }
    let error = await error { _ = try await client(server).configuration() }
    #expect(error?.code == test.code)
    let line = error?.description ?? ""
    #expect(line.contains(test.words) && line.contains("127.0.0.1") && !line.contains("\n"), "\(line)")
  }

  // MARK: Ready

  @Test("one that reads its write-ahead log is waited for")
  func waits() async throws {
    let server = try ScriptedServer { _, number in
      number < 3 ? .response(503, [], "Service Unavailable") : .response(200, [], "Prometheus Server is Ready.\n")
    }
    try await client(server).waitUntilReady(timeout: .seconds(30))
    #expect(server.requests.map(\.target) == Array(repeating: "/-/ready", count: 4))
  }

  @Test("one that does not get ready in time is given up, with the flag that sets the time")
  func impatient() async throws {
    let server = try ScriptedServer { _, _ in .response(503) }
    let error = await error { try await client(server).waitUntilReady(timeout: .milliseconds(100)) }
    #expect(error?.code == .notReady)
    #expect(error?.description.contains("status 503") == true)
    #expect(error?.description.contains("--prometheus.ready_timeout") == true)
    #expect((1...6).contains(server.requests.count))
  }

  @Test("a port without a listener is waited for, a host that does not exist is not")
  func unreachable() async throws {
    let closed = try PrometheusClient(
      try PrometheusAddress("http://127.0.0.1:1"), logger: silent, interval: .milliseconds(20))
    #expect(await error { try await closed.waitUntilReady(timeout: .milliseconds(100)) }?.code == .notReady)
    let nowhere = try PrometheusClient(try PrometheusAddress("http://no-such-host.invalid"), logger: silent)
    #expect(await error { try await nowhere.waitUntilReady(timeout: .seconds(600)) }?.code == .unreachable)
  }

  // MARK: Facts

  private static let flags = #"""
    {"storage.tsdb.path":"data","storage.tsdb.min-block-duration":"2h","storage.tsdb.max-block-duration":"1d12h",
     "storage.tsdb.retention":"0s","storage.tsdb.retention.time":"0s","storage.tsdb.retention.size":"0B",
     "web.enable-admin-api":"false"}
    """#

  @Test("what is in effect comes before what the flags say")
  func facts() async throws {
    let server = try ScriptedServer { request, _ in
      request.target.hasSuffix("flags")
        ? Self.data(Self.flags) : Self.data(#"{"CWD":"/prometheus","storageRetention":"30d or 10GiB"}"#)
    }
    let facts = try await client(server).facts()
    #expect(facts.dataPath == "/prometheus/data")
    #expect(facts.compacts && facts.minBlockDuration == 7_200_000 && facts.maxBlockDuration == 129_600_000)
    let days: Int64 = 30 * 86_400_000
    #expect(facts.retentionTime == days)
    #expect(facts.retentionSize == 10 << 30)
  }

  @Test("a Prometheus without runtime information keeps 15 days where no flag says more")
  func oldFacts() async throws {
    let server = try ScriptedServer { request, _ in
      request.target.hasSuffix("flags") ? Self.data(Self.flags) : .response(404)
    }
    let facts = try await client(server).facts()
    #expect(facts.dataPath == "data")
    #expect(facts.retentionTime == 15 * 86_400_000 && facts.retentionSize == nil)
  }

  @Test(
    "retention's units are Prometheus' own",
    arguments: [
      ("512MB", nil, 512 << 20), ("1GB", nil, 1 << 30), ("100B", nil, 100), ("1y or 0B", 365 * 86_400_000, nil),
    ]
      as [(String, Int64?, UInt64?)])
  func retention(_ text: String, _ time: Int64?, _ size: UInt64?) {
    let facts = PrometheusFacts(flags: [:], runtime: ["storageRetention": .string(text)])
    #expect(facts.retentionTime == time && facts.retentionSize == size)
  }

  // MARK: Snapshots

  @Test("a snapshot is asked for by POST, and its name comes back")
  func snapshot() async throws {
    let server = try ScriptedServer { _, _ in Self.data(#"{"name":"20261122T194430Z-6fcae8181dde4df4"}"#) }
    #expect(try await client(server).makeSnapshot() == "20261122T194430Z-6fcae8181dde4df4")
    #expect(server.requests.map(\.method) == ["POST"])
    #expect(server.requests.map(\.target) == ["/api/v1/admin/tsdb/snapshot"])
  }

  @Test(
    "a snapshot's name that would lead elsewhere is refused",
    arguments: ["", "..", "../wal", "a/b", ".hidden", "a b", "a\\u0000"])
  func hostileName(_ name: String) async throws {
    let server = try ScriptedServer { _, _ in Self.data(#"{"name":"\#(name)"}"#) }
    #expect(await error { _ = try await client(server).makeSnapshot() }?.code == .notPrometheus)
  }

  @Test("a disabled admin API gives the flag to set, whichever status it comes with", arguments: [500, 503])
  func noAdminAPI(_ status: Int) async throws {
    let server = try ScriptedServer { _, _ in
      .response(status, [], #"{"status":"error","errorType":"unavailable","error":"admin APIs disabled"}"#)
    }
    let error = await error { _ = try await client(server).makeSnapshot() }
    #expect(error?.code == .adminAPIDisabled)
    #expect(error?.description.contains("--web.enable-admin-api") == true)
  }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
