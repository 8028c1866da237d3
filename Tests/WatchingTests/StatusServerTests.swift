import Fixtures
import Console
import Exposition
import Glibc
import HTTP
import Platform
import Testing

@testable import Watching

@Suite("the status server")
struct StatusServerTests {
  /// Starts a server on any port, and stops it however the test ends.
  private static func withServer(_ body: (StatusServer, StatusPages, HTTPClient) async throws -> Void) async throws {
    let registry = MetricRegistry()
    let pages = StatusPages(registry)
    let server = try await StatusServer.start(ListenAddress(host: "127.0.0.1", port: 0), pages)
    do {
      try await body(server, pages, try HTTPClient(HTTPConfiguration()))
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private static func ask(
    _ client: HTTPClient, _ server: StatusServer, _ path: String, method: HTTPRequest.Method = .get
  ) async throws -> HTTPResponse {
    try await client.send(
      HTTPRequest(
        method: method, url: HTTPURL(secure: false, host: "127.0.0.1", port: server.address.port, path: path)))
  }

  @Test("probes and metrics, with their types; anything else is not there")
  func pages() async throws {
    try await Self.withServer { server, pages, client in
      #expect(server.address.port > 0)
      let healthy = try await Self.ask(client, server, "/-/healthy")
      #expect(healthy.status == 200 && healthy.body == Array("OK".utf8))
      let unready = try await Self.ask(client, server, "/-/ready")
      #expect(unready.status == 503)
      #expect(String(decoding: unready.body, as: UTF8.self).contains("has not planned yet"))
      pages.failed("the bucket is away")
      let reason = try await Self.ask(client, server, "/-/ready")
      #expect(String(decoding: reason.body, as: UTF8.self).contains("the bucket is away"))
      pages.becomeReady()
      #expect(try await Self.ask(client, server, "/-/ready").status == 200)
      // A restart would not mend what fails later.
      pages.failed("the bucket is away")
      #expect(try await Self.ask(client, server, "/-/ready").status == 200)

      let metrics = try await Self.ask(client, server, "/metrics")
      #expect(metrics.status == 200)
      #expect(metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(String(decoding: metrics.body, as: UTF8.self).contains("thanos_status{check=\"ready\"} 1\n"))
      #expect(try await Self.ask(client, server, "/").status == 404)
      #expect(try await Self.ask(client, server, "/metrics/x").status == 404)
    }
  }

  @Test("HEAD has no body, other methods are refused")
  func methods() async throws {
    try await Self.withServer { server, _, client in
      let head = try await Self.ask(client, server, "/-/healthy", method: .head)
      #expect(head.status == 200 && head.body.isEmpty && head.headers["Content-Length"] == "2")
      let post = try await Self.ask(client, server, "/-/healthy", method: .post)
      #expect(post.status == 405 && post.headers["Allow"] == "GET, HEAD")
    }
  }

  @Test("a port in use is one line that says so")
  func inUse() async throws {
    try await Self.withServer { server, pages, _ in
      let error = await #expect(throws: ListenError.self) { _ = try await StatusServer.start(server.address, pages) }
      #expect(
        error.map { "\($0)" }
          == "--http-address 127.0.0.1:\(server.address.port): the port is in use; give another one, or :0 for any that is free")
      #expect(error?.exitStatus == .usage)
    }
  }

  @Test("a stopped server gives its port free")
  func stopped() async throws {
    let pages = StatusPages(MetricRegistry())
    var failures: [any Error] = []
    // Connections of other tests may get the port in between, though hardly five times.
    for _ in 0..<5 {
      let first = try await StatusServer.start(ListenAddress(host: "127.0.0.1", port: 0), pages)
      await first.stop()
      do {
        let second = try await StatusServer.start(first.address, pages)
        #expect(second.address == first.address)
        return await second.stop()
      } catch {
        failures.append(error)
      }
    }
    Issue.record("\(failures)")
  }

  @Test("connections above the limit are closed, and those below it are served")
  func limit() async throws {
    try await Self.withServer { server, _, client in
      let idle = (0..<StatusServer.Limits.connections).map { _ in Self.connect(server.address.port) }
      defer { for descriptor in idle.dropFirst() { close(descriptor) } }
      #expect(idle.allSatisfy { $0 >= 0 })
      await #expect(throws: HTTPError.self) {
        // Accepted in order, so that all of the idle ones are there by then.
        _ = try await Self.ask(client, server, "/-/healthy")
      }
      close(idle[0])
      var status = 0
      for _ in 0..<100 where status != 200 {
        status = (try? await Self.ask(client, server, "/-/healthy"))?.status ?? 0
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(status == 200)
    }
  }

  @Test("whoever asks again and again without reading the answers is not read from any more")
  func pipelined() async throws {
    let registry = MetricRegistry()
    for number in 0..<1000 {
      _ = registry.metric(.gauge, "a_metric", String(repeating: "long ", count: 20), labels: [("number", "\(number)")])
    }
    let server = try await StatusServer.start(ListenAddress(host: "127.0.0.1", port: 0), StatusPages(registry))
    let client = Self.connect(server.address.port, receives: 4096)
    let request = Array("GET /metrics HTTP/1.1\r\nHost: a\r\nX-Padding: \(String(repeating: "x", count: 2000))\r\n\r\n".utf8)
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    var (sent, idle, rest) = (0, 0, 0)
    // What fits into the buffers of both ends goes out in any case: less than 4 MiB.
    while sent < 12 << 20, idle < 100 {
      let count = unsafe request.withUnsafeBytes { bytes in
        unsafe send(client, bytes.baseAddress?.advanced(by: rest), request.count - rest, flags)
      }
      if count > 0 {
        (sent, idle, rest) = (sent + count, 0, (rest + count) % request.count)
      } else {
        idle += 1
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    #expect(sent < 12 << 20)
    close(client)
    await server.stop()
  }

  @Test("of requests that come together the first is answered, and the connection closed")
  func together() async throws {
    try await Self.withServer { server, _, _ in
      let client = Self.connect(server.address.port)
      defer { close(client) }
      let requests = Array(String(repeating: "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n", count: 20).utf8)
      #expect(unsafe requests.withUnsafeBytes { unsafe send(client, $0.baseAddress, $0.count, 0) } == requests.count)
      let answers = await OwnThread.run {
        var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while true {
          let count = unsafe recv(client, &buffer, buffer.count, 0)
          if count <= 0 { return all }
          all += buffer.prefix(count)
        }
      }
      #expect(String(decoding: answers, as: UTF8.self).split(separator: "HTTP/1.1 200 OK").count == 1)
    }
  }

  /// - Parameter receives: bytes that wait to be read, at most; about.
  private static func connect(_ port: UInt16, receives: Int32? = nil) -> Int32 {
    // A child that another test starts must not hold the connection open.
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if var receives {
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receives, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return result == 0 ? descriptor : -1
  }
}
