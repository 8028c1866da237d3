import PrometheusAPI
import Testing
import Thanos

@testable import Shipping

@Suite("External labels from several places")
struct LabelSourcesTests {
  private func sources(_ labels: [String], file: String? = nil, running: String? = nil) throws -> LabelSources {
    var sources = LabelSources()
    sources.add(try ExternalLabels(parsing: labels))
    func add(_ text: String, _ name: String, _ origin: PrometheusConfiguration.Origin) throws {
      let whole = "global: {external_labels: {\(text)}}"
      sources.add(try PrometheusConfiguration(parsing: whole, name: name, origin: origin), from: name)
    }
    if let file { try add(file, "prometheus.yml", .file) }
    if let running { try add(running, "http://localhost:9090", .running) }
    return sources
  }

  @Test("all count, and may say the same twice")
  func merges() throws {
    let merged = try sources(["cluster=eu1"], file: "replica: a", running: "cluster: eu1, zone: z").merged()
    #expect(merged == (try ExternalLabels(parsing: ["cluster=eu1", "replica=a", "zone=z"])))
  }

  @Test("two values for one label are an error that names both and where they are from")
  func contradiction() throws {
    let sources = try sources(["cluster=eu1"], running: "cluster: us2")
    let error = #expect(throws: PrometheusError.self) { try sources.merged() }
    #expect(error?.code == .contradiction)
    for words in ["cluster", "\"eu1\" by --label", "\"us2\" by http://localhost:9090"] {
      #expect(error?.description.contains(words) == true)
    }
  }

  @Test("values that only look the same are two")
  func canonicalEquivalence() throws {
    let sources = try sources(["a=\u{E9}"], running: "a: e\u{301}")
    #expect(throws: PrometheusError.self) { try sources.merged() }
  }

  @Test("none at all is an error that says where there was a look")
  func none() throws {
    let sources = try sources([], file: "", running: "")
    let error = #expect(throws: PrometheusError.self) { try sources.merged() }
    #expect(error?.code == .noLabels)
    #expect(error?.description.hasPrefix("prometheus.yml, http://localhost:9090: no external labels") == true)
  }

  @Test("a variable in a file counts only where somebody says what it stands for")
  func variables() throws {
    let alone = try sources(["cluster=eu1"], file: "replica: '${HOSTNAME}'")
    let error = #expect(throws: PrometheusError.self) { try alone.merged() }
    #expect(error?.code == .badLabel && error?.description.contains("${HOSTNAME}") == true)
    let flag = try sources(["replica=a"], file: "replica: '${HOSTNAME}'").merged()
    #expect(flag == (try ExternalLabels(parsing: ["replica=a"])))
    let running = try sources([], file: "replica: '${HOSTNAME}'", running: "replica: b").merged()
    #expect(running == (try ExternalLabels(parsing: ["replica=b"])))
  }
}
