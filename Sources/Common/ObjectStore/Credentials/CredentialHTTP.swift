import HTTP

/// The few small requests that a source of credentials makes.
struct CredentialHTTP: Sendable {
  let client: HTTPClient
  /// For errors.
  let source: String
  /// For one whole answer.
  let timeLimit: Duration
  /// At least 1.
  let attempts: Int

  /// - Parameter environment: names the proxies; `nil` for services of the machine itself, which are behind none.
  init(
    source: String, timeLimit: Duration, attempts: Int, tls: TLSConfiguration = TLSConfiguration(),
    environment: (@Sendable (String) -> String?)? = nil
  ) throws(CredentialError) {
    var configuration = HTTPConfiguration()
    configuration.tls = tls
    do {
      client = try HTTPClient(configuration, environment: environment ?? { _ in nil })
    } catch {
      throw CredentialError(.unreachable, source, "\(error)", cause: error)
    }
    self.source = source
    self.timeLimit = timeLimit
    self.attempts = attempts
  }

  /// Sends until there is an answer that is not the server's own trouble.
  /// - Throws: `CredentialError` with `.unreachable`, `CancellationError`.
  func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    var attempt = 1
    while true {
      do {
        let response = try await sendOnce(request)
        guard response.status == 429 || response.status >= 500, attempt < attempts else { return response }
      } catch let error as HTTPError {
        guard attempt < attempts, error.code != .tls, error.code != .tooLarge else {
          throw CredentialError(
            .unreachable, source, "no answer of \(request.url.authority) (\(error)): check the network", cause: error)
        }
      }
      try await Task.sleep(for: .milliseconds(100 << min(attempt, 5)))
      attempt += 1
    }
  }

  private func sendOnce(_ request: HTTPRequest) async throws -> HTTPResponse {
    try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
      group.addTask { [client] in try await client.send(request, limit: 1 << 20) }
      group.addTask { [timeLimit] in
        try await Task.sleep(for: timeLimit)
        throw HTTPError(.timedOut, "nothing came within \(timeLimit)")
      }
      defer { group.cancelAll() }
      guard let response = try await group.next() else { throw CancellationError() }
      return response
    }
  }
}

extension HTTPURL {
  /// Takes `http://host:port/path?query` apart; `nil` for anything else, user names included.
  init?(credentialAddress text: String) {
    let secure = text.lowercased().hasPrefix("https://")
    guard secure || text.lowercased().hasPrefix("http://") else { return nil }
    let rest = text.dropFirst(secure ? 8 : 7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let (host, port) = HTTPURL.hostAndPort(String(authority)) else { return nil }
    let target = rest.dropFirst(authority.count).prefix { $0 != "#" }
    guard target.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
    let path = target.prefix { $0 != "?" }
    self.init(
      secure: secure, host: host, port: port, path: path.isEmpty ? "/" : String(path),
      query: String(target.dropFirst(path.count + 1)))
  }
}
