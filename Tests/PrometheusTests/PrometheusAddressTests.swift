import HTTP
import Testing

@testable import PrometheusAPI

@Suite("Addresses of Prometheus")
struct PrometheusAddressTests {
  @Test(
    "an address keeps its port and prefix, and loses slashes at its end",
    arguments: [
      ("http://localhost:9090", "http://localhost:9090/-/ready", true),
      ("http://127.0.0.1/", "http://127.0.0.1/-/ready", true),
      ("https://[::1]:9090", "https://[::1]:9090/-/ready", true),
      ("https://metrics.example/prom//", "https://metrics.example/prom/-/ready", false),
      ("http://127.example:80", "http://127.example/-/ready", false),
    ])
  func parses(_ text: String, _ url: String, _ isLoopback: Bool) throws {
    let address = try PrometheusAddress(text)
    #expect(address.url("/-/ready").text == url)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", "localhost:9090", "ftp://localhost", "http://", "http://:9090", "http://host:", "http://host:0",
      "http://host:99999", "http://host:9090?x=1", "http://ho st", "http://host/#x",
    ])
  func refuses(_ text: String) {
    #expect(throws: PrometheusError.self) { try PrometheusAddress(text) }
  }

  @Test("a password in an address is refused, and not shown", arguments: ["http://me:secret@host", "me:secret@host"])
  func credentials(_ text: String) {
    let error = #expect(throws: PrometheusError.self) { try PrometheusAddress(text) }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.contains("credentials") == true)
  }
}
