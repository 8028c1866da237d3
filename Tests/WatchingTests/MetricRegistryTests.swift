import Testing

@testable import Exposition

@Suite("metrics as text")
struct MetricRegistryTests {
  @Test("each name once with help and type, its series below, values as they stand")
  func text() {
    let registry = MetricRegistry()
    let put = registry.metric(.counter, "operations_total", "Operations.", labels: [("operation", "put")])
    registry.metric(.gauge, "up", "Up.").set(1.5)
    registry.metric(.counter, "operations_total", "Other.", labels: [("operation", "get")]).add(2)
    put.add()
    #expect(
      registry.text == """
        # HELP operations_total Operations.
        # TYPE operations_total counter
        operations_total{operation="put"} 1
        operations_total{operation="get"} 2
        # HELP up Up.
        # TYPE up gauge
        up 1.5

        """)
  }

  @Test("the same name and labels are the same series")
  func sameSeries() {
    let registry = MetricRegistry()
    registry.metric(.counter, "a", "", labels: [("l", "x")]).add()
    registry.metric(.counter, "a", "", labels: [("l", "x")]).add()
    #expect(registry.text.hasSuffix("a{l=\"x\"} 2\n"))
  }

  @Test(
    "what would end a line or a value is escaped",
    arguments: [
      (#"C:\blocks"#, #"C:\\blocks"#, #"C:\\blocks"#), ("two\nlines", #"two\nlines"#, #"two\nlines"#),
      (#"a "quoted" one"#, #"a "quoted" one"#, #"a \"quoted\" one"#), ("日本語", "日本語", "日本語"),
      ("\"\u{301}", "\"\u{301}", "\\\"\u{301}"), ("\r\n", "\r\\n", "\r\\n"),
    ])
  func escaping(_ text: String, _ help: String, _ label: String) {
    #expect(Array(MetricRegistry.escaped(text, quotes: false).utf8) == Array(help.utf8))
    #expect(Array(MetricRegistry.escaped(text, quotes: true).utf8) == Array(label.utf8))
  }

  @Test(
    "numbers as Prometheus reads them",
    arguments: [
      (0, "0"), (-0.0, "0"), (3, "3"), (-2, "-2"), (1.5, "1.5"), (1_700_000_000.123, "1700000000.123"), (1e300, "1e+300"),
      (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ] as [(Double, String)])
  func numbers(_ value: Double, _ text: String) { #expect(MetricRegistry.text(of: value) == text) }
}
