import Fixtures
import Platform
import Synchronization
import Testing

@testable import HTTP

@Suite("A rate for all transfers of a client", .timeLimit(.minutes(1)), .serialized)
struct HTTPRateTests {
  private static let body = (0..<300 << 10).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

  private func client(_ bytesPerSecond: UInt64?, stall: Duration = .seconds(60)) throws -> HTTPClient {
    try HTTPClient(
      HTTPConfiguration(), stall: stall, rates: HTTPRateLimits(bytesPerSecond: bytesPerSecond),
      environment: { _ in nil })
  }

  private func request(
    _ server: ScriptedServer, _ method: HTTPRequest.Method, _ body: HTTPBody = .bytes([]), isMetered: Bool = true
  ) -> HTTPRequest {
    var request = HTTPRequest(
      method: method, url: HTTPURL(secure: false, host: "127.0.0.1", port: server.port, path: "/x"), body: body)
    request.isMetered = isMetered
    return request
  }

  enum Direction: CaseIterable, Sendable { case up, down }

  /// Sends or fetches `body` several times at once.
  /// - Returns: when each was done, from the start.
  private func transfer(
    _ direction: Direction, times: Int, client: HTTPClient, _ server: ScriptedServer, isMetered: Bool = true
  ) async throws -> [Duration] {
    let start = ContinuousClock.now
    return try await withThrowingTaskGroup(of: Duration.self) { group in
      for _ in 0..<times {
        group.addTask {
          let request = request(
            server, direction == .up ? .put : .get, direction == .up ? .bytes(Self.body) : .bytes([]),
            isMetered: isMetered)
          let response = try await client.send(request)
          #expect(response.body == (direction == .up ? [] : Self.body))
          return ContinuousClock.now - start
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }.sorted()
    }
  }

  private func server() throws -> ScriptedServer {
    try ScriptedServer { request, _ in
      if request.method == "PUT" { return .response(request.body == Self.body ? 200 : 400) }
      return .response(200, [], bytes: Self.body)
    }
  }

  @Test("transfers side by side share it fairly, and a stall time-out below their duration does not end them",
    arguments: Direction.allCases)
  func shared(_ direction: Direction) async throws {
    let server = try server()
    let ends = try await transfer(direction, times: 3, client: client(1 << 20, stall: .milliseconds(400)), server)
    let last = try #require(ends.last)
    // 0.75 s on a machine that has time for it.
    #expect(last > .milliseconds(650) && last < .seconds(60))
    // Nobody is done early at the others' expense.
    #expect(ends[0] > last / 3)
    if direction == .up { #expect(server.requests.allSatisfy { $0.body == Self.body }) }
  }

  @Test("a client without a limit, and a request that is not metered, go as fast as they can",
    arguments: Direction.allCases)
  func unlimited(_ direction: Direction) async throws {
    let server = try server()
    let start = ContinuousClock.now
    _ = try await transfer(direction, times: 3, client: client(nil), server)
    _ = try await transfer(direction, times: 3, client: client(1000), server, isMetered: false)
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test("both directions have the rate for themselves")
  func directions() async throws {
    let server = try server()
    let client = try client(1 << 20)
    async let up = transfer(.up, times: 3, client: client, server)
    async let down = transfer(.down, times: 3, client: client, server)
    let ends = try await up + down
    #expect(ends.max().map { $0 > .milliseconds(650) && $0 < .seconds(60) } == true)
  }

  @Test("a server that stands still is noticed under a limit, too", arguments: Direction.allCases)
  func stalls(_ direction: Direction) async throws {
    let server = try ScriptedServer { _, _ in
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789"), .wait(.seconds(5)), .close]
    }
    let client = try client(1 << 20, stall: .milliseconds(200))
    do {
      _ = try await client.send(request(server, direction == .up ? .put : .get, .bytes([1])))
      Issue.record("no error")
    } catch let error as HTTPError {
      #expect(error.code == .timedOut)
    }
  }

  @Test("a transfer that is cancelled while it waits makes room for the others")
  func cancelled() async throws {
    let server = try server()
    let client = try client(256 << 10)
    let first = Task { try await client.send(request(server, .put, .bytes([UInt8](repeating: 0, count: 8 << 20)))) }
    try await Task.sleep(for: .milliseconds(300))
    first.cancel()
    await #expect(throws: CancellationError.self) { _ = try await first.value }
    let ends = try await transfer(.up, times: 1, client: client, server)
    // Behind the first one's 8 MiB it would be half a minute.
    #expect(ends[0] < .seconds(25))
  }

  @Test("the loop sleeps while it waits for the rate", arguments: Direction.allCases)
  func sleeps(_ direction: Direction) async throws {
    let looks = Atomic(0)
    let start = ContinuousClock.now
    let limit = RateLimit(bytesPerSecond: 1 << 20) {
      looks.add(1, ordering: .relaxed)
      return ContinuousClock.now - start
    }
    let client = try HTTPClient(
      HTTPConfiguration(), rates: HTTPRateLimits(sending: limit, receiving: limit), environment: { _ in nil })
    let ends = try await transfer(direction, times: 6, client: client, server())
    #expect(ends.last.map { $0 > .milliseconds(1200) } == true)
    // Each turn of the loop looks at the clock a few times; one that does not sleep turns ten thousands of times a
    // second.
    #expect(looks.load(ordering: .relaxed) < 5000)
  }
}
