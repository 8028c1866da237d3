import Fixtures
import Platform
import Synchronization
import Testing

@testable import HTTP

@Suite("HTTP over libcurl", .timeLimit(.minutes(1)))
struct HTTPClientTests {
  private func client(stall: Duration = .seconds(60), _ change: (inout HTTPConfiguration) -> Void = { _ in }) throws
    -> HTTPClient
  {
    var configuration = HTTPConfiguration()
    change(&configuration)
    return try HTTPClient(configuration, stall: stall, environment: { _ in nil })
  }

  private func request(
    _ server: ScriptedServer, _ method: HTTPRequest.Method = .get, _ body: HTTPBody = .bytes([])
  ) -> HTTPRequest {
    HTTPRequest(
      method: method, url: HTTPURL(secure: false, host: "127.0.0.1", port: server.port, path: "/a%20b", query: "c=d"),
      body: body)
  }

  private func failure(_ body: () async throws -> Void) async -> HTTPError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? HTTPError)?.code
    }
  }

  @Test("a request goes out as it is written, and its answer comes back")
  func exchange() async throws {
    let server = try ScriptedServer { _, _ in
      .response(404, [("ETag", "\"x\""), ("X-Two", " padded ")], "no such thing")
    }
    var request = request(server)
    request.headers.add("x-amz-test", "value")
    let response = try await client().send(request)
    #expect(response.status == 404)
    #expect(response.headers["etag"] == "\"x\"")
    #expect(response.headers["x-two"] == "padded")
    #expect(response.body == Array("no such thing".utf8))
    #expect(server.requests.first?.target == "/a%20b?c=d")
    #expect(server.requests.first?["X-Amz-Test"] == "value")
    #expect(server.requests.first?["Host"] == "127.0.0.1:\(server.port)")
  }

  @Test("a body goes out with its length, from memory and from a file's region", arguments: [0, 5, 3_000_000])
  func bodies(_ size: Int) async throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let client = try client()
    _ = try await client.send(request(server, .put, .bytes(bytes)))
    let path = "/tmp/blockhaul-http-\(UInt64.random(in: 0 ... .max))"
    try AtomicFile.write([1, 2, 3] + bytes + [4], to: path)
    defer { _ = try? Directory.removeFile(path) }
    _ = try await client.send(request(server, .post, .file(try OpenFile(path), 3..<UInt64(3 + size))))
    #expect(server.requests.map(\.method) == ["PUT", "POST"])
    #expect(
      server.requests.allSatisfy {
        $0.body == bytes && $0["Content-Length"] == "\(size)" && $0["Transfer-Encoding"] == nil
      })
  }

  @Test(
    "a small body does not wait for the server's consent, which many never give; a large one asks for it",
    arguments: [0, 1 << 20, 1 << 20 + 1])
  func consent(_ size: Int) async throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    _ = try await client().send(request(server, .put, .bytes([UInt8](repeating: 1, count: size))))
    #expect(server.requests.first?["Expect"] == (size > 1 << 20 ? "100-continue" : nil))
  }

  @Test("connections are used again, and are no more than allowed")
  func connections() async throws {
    let server = try ScriptedServer { _, _ in [.wait(.milliseconds(20))] + .response(200) }
    let client = try client { $0.maximumConnectionsPerHost = 2 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<12 { group.addTask { _ = try await client.send(request(server)) } }
      try await group.waitForAll()
    }
    #expect(server.requests.count == 12)
    #expect((1...2).contains(server.connections))
  }

  @Test("a slow receiver slows the transfer, and gets every byte")
  func backPressure() async throws {
    let size = 12 << 20
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 >> 9) }
    let server = try ScriptedServer { _, _ in .response(200, bytes: content) }
    let (received, largest) = try await client().exchange(request(server)) { _, exchange in
      var received: [UInt8] = []
      var largest = 0
      while let bytes = try await exchange.next() {
        received += bytes
        largest = max(largest, bytes.count)
        if received.count < 4 << 20 { try await Task.sleep(for: .milliseconds(30)) }
      }
      return (received, largest)
    }
    #expect(received == content)
    #expect(largest <= HTTPExchange.limit + 64 << 10)
  }

  @Test("windows are full but for the last, also where bytes came before the first was asked for", arguments: [0, 200])
  func windows(pause: Int) async throws {
    let size = 3_000_001
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 >> 9 &+ $0) }
    let server = try ScriptedServer { _, _ in .response(200, bytes: content) }
    let windows = try await client().exchange(request(server)) { _, exchange in
      try await Task.sleep(for: .milliseconds(pause))
      var windows: [[UInt8]] = []
      while let bytes = try await exchange.next(window: 1000) { windows.append(bytes) }
      return windows
    }
    #expect(windows.map(\.count) == [Int](repeating: 1000, count: 3000) + [1])
    #expect(windows.flatMap(\.self) == content)
  }

  @Test("of a connection that breaks off, the window that was begun is handed on")
  func brokenWindow() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), .close]
    }
    let client = try client()
    var received: [[UInt8]] = []
    let code = await failure {
      _ = try await client.exchange(request(server)) { _, exchange in
        while let bytes = try await exchange.next(window: 8) { received.append(bytes) }
      }
    }
    #expect(received == [Array("01234567".utf8), Array("89".utf8)])
    #expect(code == .broken)
  }

  @Test("a connection that breaks off in the body is told apart from a whole answer, and what came is handed on")
  func broken() async throws {
    let server = try ScriptedServer { _, number in
      // A reset may overtake what was sent before it, so there is none while the bytes count.
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), number == 0 ? .close : .reset]
    }
    let client = try client()
    var received: [UInt8] = []
    let code = await failure {
      received = try await client.exchange(request(server)) { _, exchange in try await exchange.next() ?? [] }
      _ = try await client.send(request(server))
    }
    #expect(received == Array("0123456789".utf8))
    #expect(code == .broken)
  }

  @Test("an answer that does not begin in time is timed out")
  func headerTimeout() async throws {
    let server = try ScriptedServer { _, _ in [.wait(.seconds(30))] + .response(200) }
    let client = try client { $0.responseHeaderTimeout = .milliseconds(200) }
    #expect(await failure { _ = try await client.send(request(server, .put, .bytes([1, 2]))) } == .timedOut)
  }

  @Test("a body that stands still is timed out")
  func stall() async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), .wait(.seconds(30))]
    }
    let client = try client(stall: .milliseconds(200))
    #expect(await failure { _ = try await client.send(request(server)) } == .timedOut)
  }

  @Test("a receiver that takes its time is no standstill")
  func slowReceiver() async throws {
    let server = try ScriptedServer { _, _ in .response(200, bytes: [UInt8](repeating: 7, count: 8 << 20)) }
    let count = try await client(stall: .seconds(2)).exchange(request(server)) { _, exchange in
      var count = 0
      while let bytes = try await exchange.next() {
        if count == 0 { try await Task.sleep(for: .seconds(3)) }
        count += bytes.count
      }
      return count
    }
    #expect(count == 8 << 20)
  }

  @Test("cancelling the task ends the transfer at once")
  func cancellation() async throws {
    let server = try ScriptedServer { _, _ in [.wait(.seconds(30))] + .response(200) }
    let client = try client()
    let start = ContinuousClock.now
    let task = Task { try await client.send(request(server)) }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    // The server answers after 30 s.
    #expect(ContinuousClock.now - start < .seconds(25))
  }

  @Test("an answer longer than allowed is refused")
  func tooLarge() async throws {
    let server = try ScriptedServer { _, _ in .response(200, [], String(repeating: "x", count: 1000)) }
    let client = try client()
    #expect(await failure { _ = try await client.send(request(server), limit: 999) } == .tooLarge)
  }

  @Test("a file that became shorter ends the request with the file's name")
  func shortFile() async throws {
    let server = try ScriptedServer { _, _ in .response(200) }
    let path = "/tmp/blockhaul-http-\(UInt64.random(in: 0 ... .max))"
    try AtomicFile.write([UInt8](repeating: 1, count: 100), to: path)
    defer { _ = try? Directory.removeFile(path) }
    let file = try OpenFile(path)
    let client = try client()
    do {
      _ = try await client.send(request(server, .put, .file(file, 0..<200)))
      Issue.record("no error")
    } catch let error as HTTPError {
      #expect(error.code == .unreadableBody)
      #expect(error.cause as? FileError == FileError(endOfFile: path))
    }
  }

  @Test("names without an address and ports without a listener are told apart")
  func unreachable() async throws {
    let client = try client()
    var request = HTTPRequest(method: .get, url: HTTPURL(secure: false, host: "no-such-host.invalid", path: "/"))
    #expect(await failure { _ = try await client.send(request) } == .unknownHost)
    request.url.host = "127.0.0.1"
    request.url.port = 1
    #expect(await failure { _ = try await client.send(request) } == .cannotConnect)
  }

  @Test("a TLS handshake that nobody answers is timed out")
  func handshake() async throws {
    // The greeting holds no empty line, so the server goes on waiting for the rest of a request.
    let server = try ScriptedServer { _, _ in .response(400) }
    let client = try client { $0.tlsHandshakeTimeout = .milliseconds(200) }
    let start = ContinuousClock.now
    var request = request(server)
    request.url.secure = true
    #expect(await failure { _ = try await client.send(request) } == .timedOut)
    // Connecting as a whole may take 30 s.
    #expect(ContinuousClock.now - start < .seconds(25))
  }
}
