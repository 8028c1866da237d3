/// One client's connection to a `FaultProxy`: request after request, on a thread of its own.
final class FaultConnection {
  private let client: LoopbackStream
  private let proxy: FaultProxy
  private var server: LoopbackStream?

  init(_ client: LoopbackStream, _ proxy: FaultProxy) {
    self.client = client
    self.proxy = proxy
  }

  /// How to go on after a request.
  private enum Ending { case next, close, reset }

  func serve() {
    var ending = Ending.next
    while case .next = ending, let head = client.readHead() { ending = answer(HTTPMessageHead(head)) }
    if case .reset = ending { client.resetOnClose() }
    dropServer(reset: ending == .reset)
    proxy.end(client.descriptor)
  }

  private func dropServer(reset: Bool = false) {
    guard let old = server else { return }
    if reset { old.resetOnClose() }
    proxy.end(old.descriptor)
    server = nil
  }

  /// The connection to the server: the last one, if the server has not closed it meanwhile.
  private func connected() -> LoopbackStream? {
    if let old = server, !old.waitForBytes(milliseconds: 0) { return old }
    dropServer()
    server = proxy.connect()
    return server
  }

  private func answer(_ request: HTTPMessageHead) -> Ending {
    let fault = proxy.nextFault(for: request)
    switch fault {
    case .slowDown, .internalError:
      if let fault { proxy.note(fault) }
      return refuse(request, fault == .slowDown ? (503, "SlowDown") : (500, "InternalError"))
    default: return forward(request, fault)
    }
  }

  /// Answers in the store's place.
  private func refuse(_ request: HTTPMessageHead, _ answer: (status: Int, code: String)) -> Ending {
    // Who asked whether to send a body is answered no; others have sent it by now.
    let skipsBody = request.expectsContinue
    if !skipsBody, client.readAll(request.length ?? 0) == nil { return .close }
    let error = "<?xml version=\"1.0\"?><Error><Code>\(answer.code)</Code><Message>made</Message></Error>"
    let body = request.isHead ? "" : error
    let length = "Content-Length: \(body.utf8.count)\r\nContent-Type: application/xml\r\n"
    let close = skipsBody ? "Connection: close\r\n" : ""
    let text = "HTTP/1.1 \(answer.status) Fault\r\n\(length)\(close)\r\n\(body)"
    return client.write(Array(text.utf8)) && !skipsBody ? .next : .close
  }

  private func forward(_ request: HTTPMessageHead, _ fault: NetworkFault?) -> Ending {
    guard let server = connected(), server.write(request.bytes) else { return .close }
    if request.expectsContinue {
      // Whoever moves first: a client does not wait for long.
      while LoopbackStream.wait([client, server], 10_000) == 1 {
        guard let head = server.readHead().map(HTTPMessageHead.init) else { return .close }
        guard 100..<200 ~= head.status else {
          _ = relay(head, to: request, from: server, nil)
          return .close
        }
        guard client.write(head.bytes) else { return .close }
        if head.status == 100 { break }
      }
    }
    let length = request.length ?? 0
    let breaksOff = length > 0 && (fault == .resetInRequest || fault == .stallInRequest)
    var left = breaksOff ? length / 2 : length
    while left > 0 {
      guard let bytes = client.read(upTo: min(left, 256 << 10)) else { return .close }
      // A server that has heard enough says why before it closes.
      guard server.write(bytes) else { break }
      proxy.count(bytes.count)
      left -= bytes.count
    }
    if breaksOff, let fault { return breakOff(fault) }
    return answer(to: request, from: server, fault)
  }

  private func breakOff(_ fault: NetworkFault) -> Ending {
    proxy.note(fault)
    if fault == .stallInRequest || fault == .stallInResponse { client.waitForEnd(milliseconds: proxy.stall) }
    return .reset
  }

  // MARK: Answers

  private func answer(to request: HTTPMessageHead, from server: LoopbackStream, _ fault: NetworkFault?) -> Ending {
    while true {
      guard let head = server.readHead().map(HTTPMessageHead.init) else { return .close }
      if 100..<200 ~= head.status { continue }
      return relay(head, to: request, from: server, fault)
    }
  }

  private func relay(
    _ head: HTTPMessageHead, to request: HTTPMessageHead, from server: LoopbackStream, _ fault: NetworkFault?
  ) -> Ending {
    let hasBody = !request.isHead && head.status != 204 && head.status != 304
    if fault == .failureAfterEffect {
      guard readBody(head, hasBody, from: server) != nil else { return .close }
      proxy.note(.failureAfterEffect)
      // Its body has been read.
      return refuse(request.withoutBody, (503, "SlowDown"))
    }
    if hasBody, head.isChunked || fault == .truncatedXML {
      guard let body = readBody(head, hasBody, from: server) else { return .close }
      return send(head, body, fault)
    }
    return stream(head, hasBody ? head.length : 0, from: server, fault)
  }

  /// A body whose bytes are handed on as they come.
  /// - Parameter length: `nil` where it ends with the connection.
  private func stream(
    _ head: HTTPMessageHead, _ length: Int?, from server: LoopbackStream, _ fault: NetworkFault?
  ) -> Ending {
    let breaksOff = fault == .resetInResponse || fault == .stallInResponse || fault == .cutResponse
    // Without a body there is only the head to break off in.
    if breaksOff, (length ?? 0) == 0 {
      guard client.write(Array(head.bytes.prefix(head.bytes.count / 2))) else { return .close }
    } else {
      guard client.write(head.bytes) else { return .close }
    }
    var left = breaksOff ? (length ?? 0) / 2 : length ?? .max
    while left > 0, let bytes = server.read(upTo: min(left, 256 << 10)) {
      guard client.write(bytes) else { return .close }
      left -= bytes.count
    }
    if breaksOff, let fault {
      guard fault == .cutResponse else { return breakOff(fault) }
      proxy.note(fault)
      return .close
    }
    return left == 0 && !head.closes ? .next : .close
  }

  /// A body that is held here already, as a whole.
  private func send(
    _ head: HTTPMessageHead, _ body: (raw: [UInt8], content: [UInt8]), _ fault: NetworkFault?
  ) -> Ending {
    switch fault {
    case .truncatedXML where body.content.first == UInt8(ascii: "<"):
      proxy.note(.truncatedXML)
      let half = Array(body.content.prefix(body.content.count / 2))
      return client.write(head.bytes(withLength: half.count) + half) && !head.closes ? .next : .close
    case .cutResponse:
      proxy.note(.cutResponse)
      _ = client.write(head.bytes + body.raw.prefix(body.raw.count / 2))
      return .close
    case .resetInResponse, .stallInResponse:
      _ = client.write(head.bytes + body.raw.prefix(body.raw.count / 2))
      return breakOff(fault ?? .resetInResponse)
    default: return client.write(head.bytes + body.raw) && !head.closes ? .next : .close
    }
  }

  /// The whole of a body, as it came and without the marks of chunks.
  private func readBody(
    _ head: HTTPMessageHead, _ hasBody: Bool, from server: LoopbackStream
  ) -> (raw: [UInt8], content: [UInt8])? {
    guard hasBody else { return ([], []) }
    guard head.isChunked else { return server.readAll(head.length ?? 0).map { ($0, $0) } }
    var raw: [UInt8] = []
    var content: [UInt8] = []
    while let line = server.readLine() {
      raw += line
      let digits = line.prefix { $0 != 13 && $0 != UInt8(ascii: ";") }
      guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size < 1 << 30 else { return nil }
      guard size > 0 else {
        // Trailers, up to the empty line.
        while let line = server.readLine() {
          raw += line
          if line.count <= 2 { return (raw, content) }
        }
        return nil
      }
      guard let chunk = server.readAll(size + 2) else { return nil }
      raw += chunk
      content += chunk.dropLast(2)
    }
    return nil
  }
}
