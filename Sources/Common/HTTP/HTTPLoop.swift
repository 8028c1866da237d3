internal import CCurl

/// The event loop: every transfer of one client, on one thread.
///
/// It is made on that thread and never leaves it; the rest of the program speaks to it through the mailbox.
final class HTTPLoop {
  private let mailbox: HTTPMailbox
  private let configuration: HTTPConfiguration
  private let limits: HTTPTimeLimits
  private let environment: @Sendable (String) -> String?
  private var transfers: [UInt64: HTTPTransfer] = [:]
  private var serials: [UInt: UInt64] = [:]
  private let sending: HTTPPacer?
  private let receiving: HTTPPacer?
  /// Easy handles to use again.
  private var idle: [CurlEasy] = []

  init(
    _ mailbox: HTTPMailbox, _ configuration: HTTPConfiguration, limits: HTTPTimeLimits, rates: HTTPRateLimits,
    environment: @escaping @Sendable (String) -> String?
  ) {
    self.mailbox = mailbox
    self.configuration = configuration
    self.limits = limits
    self.environment = environment
    sending = rates.sending.map(HTTPPacer.init)
    receiving = rates.receiving.map(HTTPPacer.init)
    mailbox.multi.set(CURLMOPT_MAX_HOST_CONNECTIONS, max(0, configuration.maximumConnectionsPerHost))
    // A client speaks to one host, or a few names of it.
    let kept = [configuration.maximumIdleConnections, configuration.maximumIdleConnectionsPerHost].filter { $0 > 0 }
      .min()
    mailbox.multi.set(CURLMOPT_MAXCONNECTS, kept ?? 1024)
  }

  /// Works until told to stop.
  func run() {
    while apply(mailbox.take()) {
      for pacer in [sending, receiving] {
        while let serial = pacer?.next() { transfers[serial]?.resume() }
      }
      mailbox.multi.perform()
      while let (easy, code) = mailbox.multi.nextFinished() { end(easy, code) }
      let now = ContinuousClock.now
      for transfer in transfers.values {
        if let error = transfer.overdue(at: now) { remove(transfer, .failure(error)) }
      }
      // Commands end the wait at once, so an idle loop may sleep long.
      mailbox.multi.wait(milliseconds: transfers.isEmpty ? 60_000 : interval)
    }
    for transfer in transfers.values { remove(transfer, .failure(CancellationError())) }
  }

  /// Until somebody has to be looked at, in milliseconds.
  private var interval: Int32 {
    let delays = [sending?.delay, receiving?.delay].compactMap { $0 }
    guard let shortest = delays.min() else { return limits.interval }
    // Rounded up, so that there is something to move when the time is over.
    return min(limits.interval, Int32(min(60_000, shortest / .milliseconds(1))) + 1)
  }

  /// - Returns: `false` when the loop is to stop.
  private func apply(_ commands: [HTTPMailbox.Command]) -> Bool {
    for command in commands {
      switch command {
      case .start(let request, let exchange): start(request, exchange)
      case .resume(let serial): transfers[serial]?.resume()
      case .cancel(let serial):
        if let transfer = transfers[serial] { remove(transfer, .failure(CancellationError())) }
      case .stop: return false
      }
    }
    return true
  }

  private func start(_ request: HTTPRequest, _ exchange: HTTPExchange) {
    guard let easy = idle.popLast() ?? CurlEasy() else {
      exchange.finish(.failure(HTTPError(.noResources, "libcurl has no memory for a transfer")))
      return
    }
    let transfer = HTTPTransfer(request, exchange, on: easy, limits: limits)
    if request.isMetered {
      transfer.sending = sending
      transfer.receiving = receiving
    }
    do {
      try transfer.prepare(configuration, proxy: HTTPProxy.choose(for: request.url, environment: environment))
      try mailbox.multi.add(easy)
    } catch {
      exchange.finish(.failure(error))
      return
    }
    transfers[exchange.serial] = transfer
    serials[easy.address] = exchange.serial
  }

  private func end(_ easy: UInt, _ code: CURLcode) {
    guard let transfer = serials[easy].flatMap({ transfers[$0] }) else { return }
    remove(transfer, code == CURLE_OK ? .success(()) : .failure(transfer.failure ?? error(of: transfer, code)))
  }

  private func remove(_ transfer: HTTPTransfer, _ result: Result<Void, any Error>) {
    mailbox.multi.remove(transfer.easy)
    transfers[transfer.exchange.serial] = nil
    sending?.end(transfer.exchange.serial)
    receiving?.end(transfer.exchange.serial)
    serials[transfer.easy.address] = nil
    // A handle that failed may still hold its buffers, which libcurl then refuses to set up anew.
    if case .success = result, idle.count < 64 {
      transfer.easy.reset()
      idle.append(transfer.easy)
    }
    transfer.end(result)
    transfer.exchange.finish(result)
  }

  private func error(of transfer: HTTPTransfer, _ code: CURLcode) -> HTTPError {
    if let error = proxyError(of: transfer, code) { return error }
    let reason = transfer.easy.reason(of: code)
    let kind: HTTPError.Code =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST: .unknownHost
      case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxy
      case CURLE_COULDNT_CONNECT: .cannotConnect
      case CURLE_OPERATION_TIMEDOUT: transfer.easy.isConnected ? .timedOut : .cannotConnect
      case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
        CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_INITFAILED:
        .tls
      case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND: .broken
      case CURLE_OUT_OF_MEMORY: .noResources
      default: .other
      }
    return HTTPError(kind, reason)
  }

  /// What went wrong between here and the proxy; `nil` for what did behind it. In our own words, since libcurl's long
  /// ones show what they were given.
  private func proxyError(of transfer: HTTPTransfer, _ code: CURLcode) -> HTTPError? {
    guard let proxy = transfer.proxy else { return nil }
    let status = transfer.easy.information(CURLINFO_HTTP_CONNECTCODE)
    let reason: String
    switch code {
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY, CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST:
      reason = CurlEasy.text(code)
    case CURLE_OPERATION_TIMEDOUT where !transfer.easy.isConnected: reason = CurlEasy.text(code)
    case _ where status != 0 && !(200..<300 ~= status):
      reason = status == 407 ? "it wants a user and a password, or others (407)" : "it answers \(status)"
    default: return nil
    }
    return HTTPError(.proxy, "the proxy \(proxy.address) of \(proxy.variable): \(reason)")
  }
}
