import Fixtures
import Platform
import Testing

@testable import PrometheusAPI

@Suite("External labels in Prometheus' configuration")
struct PrometheusConfigurationTests {
  private func labels(
    _ text: String, _ origin: PrometheusConfiguration.Origin = .running
  ) throws(PrometheusError) -> [String] {
    try PrometheusConfiguration(parsing: text, name: "prometheus.yml", origin: origin).externalLabels.map { label in
      "\(label.name)=\(label.value)\(label.isVariable ? " (variable)" : "")"
    }
  }

  @Test("values are taken as text, and everything else is passed over")
  func values() throws {
    let text = """
      global:
        scrape_interval: 15s
        unheard_of: {a: [1, 2]}
        external_labels:
          cluster: eu1
          shard: 01
          yes: true
          quoted: "~"
      scrape_configs: [{job_name: x}]
      """
    #expect(try labels(text) == ["cluster=eu1", "shard=01", "yes=true", "quoted=~"])
  }

  @Test("maps are merged in as YAML says, own keys first")
  func merge() throws {
    let text = """
      x: &base {cluster: eu1, replica: a}
      global:
        external_labels:
          <<: *base
          replica: b
      """
    #expect(try labels(text) == ["replica=b", "cluster=eu1"])
  }

  @Test(
    "a configuration without labels has none",
    arguments: ["global:\n", "scrape_configs: []", "global: {external_labels: }", "global: {external_labels: {}}"])
  func none(_ text: String) throws {
    #expect(try labels(text) == [])
  }

  @Test("a dollar sign stands for itself in a running Prometheus, and for something unknown in a file")
  func variables() throws {
    let text = "global: {external_labels: {a: '${HOST}', b: 'x$', c: plain}}"
    #expect(try labels(text) == ["a=${HOST}", "b=x$", "c=plain"])
    #expect(try labels(text, .file) == ["a=${HOST} (variable)", "b=x$ (variable)", "c=plain"])
  }

  @Test(
    "what cannot be taken is an error in one line",
    arguments: [
      ("", .malformed, "empty"), ("global: [", .malformed, "line"), ("just words", .malformed, "expected a map"),
      ("global: 3", .malformed, "global: expected a map"),
      ("global: {external_labels: [a]}", .malformed, "external_labels: expected a map"),
      ("global: {external_labels: {a: [1]}}", .malformed, "external label a"),
      ("global: {external_labels: {a: x, a: y}}", .malformed, "twice"),
      ("global: {external_labels: {a: ''}}", .badLabel, "a is empty"),
      ("global: {external_labels: {a: }}", .badLabel, "a is empty"),
      ("global: {external_labels: {a: null}}", .badLabel, "a is empty"),
    ] as [(String, PrometheusError.Code, String)])
  func errors(_ text: String, _ code: PrometheusError.Code, _ words: String) {
    let error = #expect(throws: PrometheusError.self) { try labels(text) }
    #expect(error?.code == code)
    let line = error?.description ?? ""
    #expect(line.hasPrefix("prometheus.yml: ") && line.contains(words) && !line.contains("\n"), "\(line)")
  }

  @Test("a broken configuration's secrets stay out of the error")
  func secrets() {
    let error = #expect(throws: PrometheusError.self) { try labels("password: hunter2 : x\nglobal: {") }
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test("a file that is missing, or no text, is named")
  func files() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/prometheus.yml"
    let missing = #expect(throws: PrometheusError.self) { try PrometheusConfiguration(file: path) }
    #expect(missing?.code == .unreadable && missing?.description.contains(path) == true)
    try AtomicFile.write([0xFF, 0xFE, 0], to: path)
    let binary = #expect(throws: PrometheusError.self) { try PrometheusConfiguration(file: path) }
    #expect(binary?.code == .malformed)
    try AtomicFile.write(Array("global: {external_labels: {cluster: eu1}}".utf8), to: path)
    #expect(try PrometheusConfiguration(file: path).externalLabels.map(\.name) == ["cluster"])
  }
}
