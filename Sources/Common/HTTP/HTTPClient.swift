public import Platform
import Synchronization

/// HTTP/1.1 over libcurl: many requests at a time on one thread, connections kept and used again.
///
/// Waiting tasks hold no thread. When the client goes, its thread and its connections go with it.
public final class HTTPClient: Sendable {
  private let mailbox: HTTPMailbox
  private let serial = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - stall: how long a body may stand still in either direction before the transfer counts as broken.
  ///   - rates: what metered requests may move. Waiting for it is no standstill.
  ///   - environment: gives the value of a variable that names a proxy.
  public init(
    _ configuration: HTTPConfiguration, stall: Duration = .seconds(60), rates: HTTPRateLimits = HTTPRateLimits(),
    environment: @escaping @Sendable (String) -> String? = Environment.value
  ) throws(HTTPError) {
    let mailbox = try HTTPMailbox()
    self.mailbox = mailbox
    let limits = HTTPTimeLimits(
      responseHeader: configuration.responseHeaderTimeout, tlsHandshake: configuration.tlsHandshakeTimeout, stall: stall
    )
    do {
      try Thread.start(named: "http") {
        HTTPLoop(mailbox, configuration, limits: limits, rates: rates, environment: environment).run()
      }
    } catch {
      throw HTTPError(.noResources, "\(error)", cause: error)
    }
  }

  deinit { mailbox.post(.stop) }

  /// Sends a request and hands its response to `body` when the head has come. What `body` leaves unread is not fetched.
  /// - Throws: `HTTPError`, `CancellationError`, or what `body` throws. A status is no error.
  public func exchange<Value: Sendable>(
    _ request: HTTPRequest, _ body: (HTTPHead, HTTPExchange) async throws -> Value
  ) async throws -> Value {
    try Task.checkCancellation()
    let exchange = HTTPExchange(serial: serial.add(1, ordering: .relaxed).newValue, mailbox: mailbox)
    mailbox.post(.start(request, exchange))
    return try await withTaskCancellationHandler {
      defer { exchange.cancel() }
      return try await body(try await exchange.head(), exchange)
    } onCancel: {
      exchange.cancel()
    }
  }

  /// Sends a request and collects its response.
  /// - Parameter limit: bytes that the response's body may have.
  public func send(_ request: HTTPRequest, limit: Int = 8 << 20) async throws -> HTTPResponse {
    try await exchange(request) { head, exchange in
      HTTPResponse(head: head, body: try await exchange.collect(limit: limit))
    }
  }
}

extension HTTPExchange {
  /// The rest of the body.
  /// - Throws: `HTTPError` with `.tooLarge` if there is more than `limit` bytes of it.
  public func collect(limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let more = try await next() {
      guard bytes.count + more.count <= limit else {
        throw HTTPError(.tooLarge, "the answer is longer than \(limit) bytes")
      }
      bytes += more
    }
    return bytes
  }

  /// The front of the rest of the body; what comes after `limit` bytes is not fetched.
  public func collectFront(limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit, let more = try await next() { bytes += more.prefix(limit - bytes.count) }
    return bytes
  }
}
