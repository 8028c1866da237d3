import Exposition
import Fixtures
import Logging
import PrometheusAPI
import Synchronization
import Testing

@testable import Watching

@Suite("the heartbeat of a Prometheus")
struct PrometheusHeartbeatTests {
  /// A Prometheus whose answers a test changes: its external labels, or `nil` for status 503.
  private final class Answers: Sendable {
    private let labels = Mutex<String?>("{cluster: eu1, replica: a}")
    func set(_ new: String?) { labels.withLock { $0 = new } }

    var steps: [ScriptedServer.Step] {
      guard let labels = labels.withLock({ $0 }) else {
        return [.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), .close]
      }
      let body = #"{"status":"success","data":{"yaml":"global:\n  external_labels: \#(labels)\n"}}"#
      return [
        .send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"), .close,
      ]
    }
  }

  private static func labels(_ text: String) throws -> [PrometheusConfiguration.Label] {
    try PrometheusConfiguration(parsing: "global:\n  external_labels: \(text)\n", name: "test", origin: .running)
      .externalLabels
  }

  @Test("labels that changed between the start and the first beat end it as well")
  func changedBefore() async throws {
    let answers = Answers()
    let server = try ScriptedServer { _, _ in answers.steps }
    let logger = Logger(label: "test") { _ in Lines().handler }
    let client = try PrometheusClient(try PrometheusAddress("http://127.0.0.1:\(server.port)"), logger: logger)
    let heartbeat = PrometheusHeartbeat(
      client, shippingUnder: try Self.labels("{cluster: eu1, replica: b}"), MetricRegistry(), logger: logger)
    await #expect(throws: LabelsChanged.self) { try await heartbeat.beat() }
  }

  @Test("it shows whether Prometheus answers, and ends where its labels are others")
  func beats() async throws {
    let answers = Answers()
    let server = try ScriptedServer { _, _ in answers.steps }
    let registry = MetricRegistry()
    let lines = Lines()
    let logger = Logger(label: "test") { _ in lines.handler }
    let client = try PrometheusClient(try PrometheusAddress("http://127.0.0.1:\(server.port)"), logger: logger)
    let heartbeat = PrometheusHeartbeat(
      client, shippingUnder: try Self.labels("{cluster: eu1, replica: a}"), registry, logger: logger)
    func isUp() -> Bool { registry.text.contains("\nthanos_sidecar_prometheus_up 1\n") }

    try await heartbeat.beat()
    #expect(isUp())
    #expect(!registry.text.contains("thanos_sidecar_last_heartbeat_success_time_seconds 0\n"))
    answers.set(nil)
    try await heartbeat.beat()
    #expect(!isUp() && lines.all.count { $0.level == .warning } == 1)
    // The same in another order is the same.
    answers.set("{replica: a, cluster: eu1}")
    try await heartbeat.beat()
    #expect(isUp())
    answers.set("{cluster: eu1, replica: b}")
    let error = await #expect(throws: LabelsChanged.self) { try await heartbeat.beat() }
    #expect(
      error.map { "\($0)" }
        == #"Prometheus' external labels changed from {cluster="eu1", replica="a"} to {cluster="eu1", replica="b"};"#
        + " start again to ship new blocks under these")
  }
}
