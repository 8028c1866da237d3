internal import CCurl
import Platform

/// One request on its way: its body going out, its response coming in, its time-outs. Lives on the loop's thread.
final class HTTPTransfer: CurlTransferDelegate {
  let easy: CurlEasy
  let exchange: HTTPExchange
  let request: HTTPRequest
  /// Set by `prepare`.
  var proxy: HTTPProxy?
  /// Of metered transfers, where there is a limit.
  var sending: HTTPPacer?
  var receiving: HTTPPacer?
  private let limits: HTTPTimeLimits
  private let bodySize: UInt64
  private var sent: UInt64 = 0
  private var status = 0
  private var headers = HTTPHeaders()
  private var headIsComplete = false
  /// When a byte last moved in either direction.
  private var lastMove: ContinuousClock.Instant
  /// When the whole request had gone out; the answer's time-out runs from then.
  private var sentAt: ContinuousClock.Instant?
  private var connectedAt: ContinuousClock.Instant?
  /// What our own side stopped the transfer for.
  private(set) var failure: HTTPError?

  init(_ request: HTTPRequest, _ exchange: HTTPExchange, on easy: CurlEasy, limits: HTTPTimeLimits) {
    self.request = request
    self.exchange = exchange
    self.easy = easy
    self.limits = limits
    bodySize = request.body.size
    lastMove = .now
  }

  // MARK: Response

  func received(headerLine: RawSpan) {
    lastMove = .now
    guard !headIsComplete else { return }  // a trailer
    let line = unsafe headerLine.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    if line.hasPrefix("HTTP/") {
      status =
        line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
      headers = HTTPHeaders()
    } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
      guard headers.fields.count < 256 else { return }
      headers.add(String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...]))
    } else if status >= 200 {
      // The empty line; after a 1xx another head comes.
      headIsComplete = true
      exchange.deliver(HTTPHead(status: status, headers: headers))
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    func isBlank(_ character: Character) -> Bool { character.isWhitespace }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return String(text)
  }

  func received(body: RawSpan) -> CurlVerdict {
    lastMove = .now
    let count = body.byteCount
    if let receiving, !receiving.receive(count, exchange.serial) { return .pause }
    if exchange.deliver(body) { return .taken }
    receiving?.putBack(count, exchange.serial)
    return .pause
  }

  /// The receiver has fetched what waited, or the rate allows some more.
  func resume() {
    lastMove = .now
    easy.resume()
  }

  // MARK: Request body

  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> CurlFilling {
    lastMove = .now
    let wanted = Int(min(UInt64(buffer.count), bodySize - sent))
    guard wanted > 0 else { return .bytes(0) }
    guard let sending else { return unsafe fill(buffer, wanted) }
    guard let count = sending.send(upTo: wanted, exchange.serial) else { return .pause }
    return unsafe fill(buffer, count)
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) -> CurlFilling {
    switch request.body {
    case .bytes(let bytes):
      unsafe buffer.copyBytes(from: bytes[Int(sent)..<Int(sent) + count])
    case .file(let file, let range):
      // From the page cache: the region was hashed a moment ago.
      do throws(FileError) {
        let window = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        guard try unsafe file.read(at: range.lowerBound + sent, into: window) == count else {
          throw FileError(endOfFile: file.path)
        }
      } catch {
        failure = HTTPError(.unreadableBody, "\(error)", cause: error)
        return .abort
      }
    }
    sent += UInt64(count)
    request.bodyMoved?(Int64(count))
    return .bytes(count)
  }

  func rewind(to offset: Int64) -> Bool {
    guard let offset = UInt64(exactly: offset), offset <= bodySize else { return false }
    request.bodyMoved?(Int64(offset) - Int64(sent))
    sent = offset
    sentAt = nil
    return true
  }

  /// The transfer is over: what a store did not take has not moved.
  func end(_ result: Result<Void, any Error>) {
    if case .success = result, headIsComplete, 200..<300 ~= status { return }
    if sent > 0 { request.bodyMoved?(-Int64(sent)) }
    sent = 0
  }

  // MARK: Time-outs

  /// What has taken too long, for those limits that libcurl does not watch itself.
  func overdue(at now: ContinuousClock.Instant) -> HTTPError? {
    let requestIsOut = easy.information(CURLINFO_REQUEST_SIZE) > 0
    if !requestIsOut {
      // It may wait for one of the connections that are allowed: that is no standstill.
      lastMove = now
      return handshakeOverdue(at: now)
    }
    if !headIsComplete, sent >= bodySize, status < 200 {
      let since = sentAt ?? now
      sentAt = since
      guard limits.responseHeader > .zero, now - since > limits.responseHeader else { return nil }
      return HTTPError(.timedOut, "no answer within \(limits.responseHeader) of the request")
    }
    if exchange.isPaused || waitsForRate {
      lastMove = now
    } else if limits.stall > .zero, now - lastMove > limits.stall {
      return HTTPError(.timedOut, "no byte moved for \(limits.stall)")
    }
    return nil
  }

  /// Whether our own limit is what the transfer waits for.
  private var waitsForRate: Bool {
    sending?.isWaiting(exchange.serial) == true || receiving?.isWaiting(exchange.serial) == true
  }

  private func handshakeOverdue(at now: ContinuousClock.Instant) -> HTTPError? {
    guard request.url.secure, limits.tlsHandshake > .zero, easy.isConnected else { return nil }
    let since = connectedAt ?? now
    connectedAt = since
    guard now - since > limits.tlsHandshake else { return nil }
    return HTTPError(.timedOut, "no TLS handshake within \(limits.tlsHandshake)")
  }
}

/// Time-outs that the loop watches; zero for none.
struct HTTPTimeLimits: Sendable {
  var responseHeader: Duration
  var tlsHandshake: Duration
  /// While a body is under way in either direction.
  var stall: Duration

  /// How often to look, in milliseconds.
  var interval: Int32 {
    let shortest = [responseHeader, tlsHandshake, stall].filter { $0 > .zero }.min() ?? .seconds(10)
    return Int32(max(10, min(500, shortest / .milliseconds(10))))
  }
}
