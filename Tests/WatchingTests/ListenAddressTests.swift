import Testing

@testable import Watching

@Suite("--http-address")
struct ListenAddressTests {
  @Test(
    "the forms that Thanos takes",
    arguments: [
      ("0.0.0.0:10902", "0.0.0.0", 10902), (":10902", "0.0.0.0", 10902), ("localhost:0", "localhost", 0),
      ("[::1]:65535", "::1", 65535), ("[::]:1", "::", 1), ("127.0.0.1:08080", "127.0.0.1", 8080),
    ] as [(String, String, UInt16)])
  func good(_ text: String, _ host: String, _ port: UInt16) {
    #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
  }

  @Test(
    "anything else is none",
    arguments: [
      "", ":", "10902", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1", "localhost:+1",
      "::1:10902", "[::1]", "[::1", "[]:1", "[localhost]:1", "http://localhost:1", "a b:1", "ho\u{301}st:1", "h:1\n",
    ])
  func bad(_ text: String) { #expect(ListenAddress(text) == nil) }

  @Test("it is shown as it is written", arguments: ["[::1]:9", "127.0.0.1:80"])
  func description(_ text: String) { #expect(ListenAddress(text)?.description == text) }
}
