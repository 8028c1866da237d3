import Fixtures
import Testing

@testable import HTTP

@Suite("Proxies from the environment", .timeLimit(.minutes(1)))
struct HTTPProxyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var host = "store"
    var secure = false
    var port: UInt16?
    var environment: [String: String]
    /// The proxy's address; `nil` for none.
    var expected: String?
    var testDescription: String { "\(secure ? "https" : "http") \(host) \(environment)" }
  }

  static func listed(_ host: String, _ exceptions: String, _ isListed: Bool, port: UInt16? = nil) -> Case {
    Case(
      host: host, port: port, environment: ["HTTP_PROXY": "p:1", "NO_PROXY": exceptions],
      expected: isListed ? nil : "http://p:1")
  }

  @Test(
    "Go's rules",
    arguments: [
      Case(host: "127.0.0.1", environment: ["http_proxy": "http://p:1"]),
      Case(host: "localhost", environment: ["HTTP_PROXY": "http://p:1"]),
      Case(host: "[::1]", environment: ["HTTP_PROXY": "http://p:1"]),
      Case(host: "127.example.com", environment: [:]),
      Case(host: "127.0.0.1", environment: ["http_proxy": "foo://p"]),
      Case(environment: ["HTTP_PROXY": "http://p:1"], expected: "http://p:1"),
      Case(environment: ["http_proxy": "http://p:1"], expected: "http://p:1"),
      Case(environment: ["HTTP_PROXY": "http://p:1", "http_proxy": "http://q:1"], expected: "http://p:1"),
      Case(environment: ["http_proxy": "", "HTTP_PROXY": "http://p:1"], expected: "http://p:1"),
      Case(environment: ["HTTP_PROXY": "", "http_proxy": "http://p:1"], expected: "http://p:1"),
      Case(environment: ["ALL_PROXY": "http://p:1", "all_proxy": "http://p:1"]),
      Case(environment: ["HTTPS_PROXY": "http://p:1"]),
      Case(secure: true, environment: ["HTTP_PROXY": "http://p:1"]),
      Case(secure: true, environment: ["https_proxy": "http://p:1", "REQUEST_METHOD": "GET"], expected: "http://p:1"),
      Case(environment: ["http_proxy": "p"], expected: "http://p:80"),
      Case(environment: ["http_proxy": "https://p/"], expected: "https://p:443"),
      Case(environment: ["http_proxy": "SOCKS5://p"], expected: "socks5h://p:1080"),
      Case(environment: ["http_proxy": "u:p@[fd00::1]:8080"], expected: "http://[fd00::1]:8080"),
    ])
  func choice(_ test: Case) throws { try check(test) }

  @Test(
    "hosts that NO_PROXY lists",
    arguments: [
      listed("store", "other", false), listed("store", " other , STORE ", true), listed("Store", "store", true),
      listed("a.store", "store", true), listed("astore", "store", false), listed("store", ".store", false),
      listed("a.store", "*.store", true), listed("store", "*.store", false), listed("store", "*", true),
      listed("store", "store:80", true), listed("store", "store:9000", false),
      listed("store", "store:9000", true, port: 9000), listed("a.store", "*.store:9000", true, port: 9000),
      listed("10.1.2.3", "10.0.0.0/8", true), listed("11.1.2.3", "10.0.0.0/8", false),
      listed("10.1.2.3", "10.1.2.3:80", true), listed("10.1.2.3", "10.1.2.3:81", false),
      listed("10.1.130.3", "10.1.128.0/17", true), listed("10.1.127.3", "10.1.128.0/17", false),
      listed("[fd00::1]", "fd00::1", true), listed("[fd00::1]", "[fd00::1]:81", false),
      listed("[fd00::1]", "fd00::/8", true), listed("[fe00::1]", "fd00::/8", false), listed("store", ",,:,/", false),
    ])
  func exceptions(_ test: Case) throws { try check(test) }

  private func check(_ test: Case) throws {
    let url = HTTPURL(secure: test.secure, host: test.host, port: test.port, path: "/")
    #expect(try HTTPProxy.choose(for: url) { test.environment[$0] }?.address == test.expected)
  }

  private func send(_ environment: [String: String]) async -> (response: HTTPResponse?, error: HTTPError?) {
    do {
      let client = try HTTPClient(HTTPConfiguration(), environment: { environment[$0] })
      let url = HTTPURL(secure: environment["https_proxy"] != nil, host: "store.invalid", path: "/a")
      return (try await client.send(HTTPRequest(method: .get, url: url)), nil)
    } catch {
      return (nil, error as? HTTPError)
    }
  }

  @Test(
    "a proxy that is none, or does not answer, is named by its variable, and its password stays out",
    arguments: [
      "foo://u:pwsecret@127.0.0.1:1", "http://u:pwsecret@127.0.0.1:port", "http://u:pwsecret@127.0.0.1:99999",
      "http://u:pwsecret@", "u:pw%secret@127.0.0.1:1", "http://u:pwsecret@127.0.0.1:1", "http://u:pwsecret@a b:1",
      "http://u:pwsecret@no-such-proxy.invalid:1",
    ], ["http_proxy", "https_proxy"])
  func refused(_ value: String, _ variable: String) async throws {
    let error = await send([variable: value]).error
    #expect(error?.code == .proxy)
    #expect(error?.description.contains(variable) == true, "\(String(describing: error))")
    #expect(error?.description.contains("secret") == false, "\(String(describing: error))")
  }

  @Test("HTTP_PROXY is not trusted in a CGI program")
  func cgi() async throws {
    let error = await send(["HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"]).error
    #expect(error?.code == .proxy)
    #expect(error?.description.contains("REQUEST_METHOD") == true)
  }

  @Test("user and password reach the proxy, decoded")
  func credentials() async throws {
    let server = try ScriptedServer { _, _ in .response(200, [], "hello") }
    let (response, error) = await send(["http_proxy": "http://us%40er:p%3Aw+d@127.0.0.1:\(server.port)"])
    #expect(response?.body == Array("hello".utf8), "\(String(describing: error))")
    #expect(server.requests.first?.target == "http://store.invalid/a")
    // us@er:p:w+d
    #expect(server.requests.first?["Proxy-Authorization"] == "Basic dXNAZXI6cDp3K2Q=")
  }

  @Test("a proxy that refuses a tunnel is what failed, not the store")
  func tunnel() async throws {
    let server = try ScriptedServer { _, _ in .response(407) }
    let error = await send(["https_proxy": "http://u:pwsecret@127.0.0.1:\(server.port)"]).error
    #expect(server.requests.first?.method == "CONNECT")
    #expect(error?.code == .proxy)
    #expect(error?.description.contains("https_proxy: it wants a user") == true, "\(String(describing: error))")
  }
}
