import Glibc
import Platform
import Synchronization

/// A server on the loopback address that answers as a test tells it to, faults included.
public final class ScriptedServer: Sendable {
  public struct Request: Sendable {
    public var method = ""
    /// Path and query as they came.
    public var target = ""
    public var fields: [(name: String, value: String)] = []
    public var body: [UInt8] = []

    public subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
  }

  public enum Step: Sendable {
    case send(String)
    case bytes([UInt8])
    case wait(Duration)
    /// Closes the connection so that the other side sees a reset.
    case reset
    case close
  }

  /// No port could be had.
  public struct Failure: Error {}

  public let port: UInt16
  private let listener: Int32
  private let answer: @Sendable (Request, Int) -> [Step]
  private let state = Mutex(State())

  private struct State {
    var requests: [Request] = []
    var connections = 0
  }

  /// - Parameter answer: what to do about a request, the number of which counts from 0 over all connections.
  public init(_ answer: @escaping @Sendable (Request, Int) -> [Step]) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound, listen(listener, 64) == 0 else { throw Failure() }
    port = UInt16(bigEndian: address.sin_port)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    try Thread.start(named: "scripted") { [weak self, descriptor] in
      // Closed here and nowhere else, so that its number cannot become somebody else's while this thread uses it.
      defer { close(descriptor) }
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0, let self else {
          if connection >= 0 { close(connection) }
          return
        }
        // A program that another test starts must not hold the connection open.
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        state.withLock { $0.connections += 1 }
        // A connection outlives no test by much: its client goes with the test.
        try? Thread.start(named: "connection") { [weak self] in
          ScriptedServer.serve(connection) { self?.take($0) ?? [.close] }
        }
      }
    }
  }

  deinit {
    // Ends the accept that the thread waits in.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  public var requests: [Request] { state.withLock { $0.requests } }
  /// How many connections were made.
  public var connections: Int { state.withLock { $0.connections } }

  private func take(_ request: Request) -> [Step] {
    let number = state.withLock { state in
      state.requests.append(request)
      return state.requests.count - 1
    }
    return answer(request, number)
  }

  private static func serve(_ connection: Int32, _ take: (Request) -> [Step]) {
    defer { close(connection) }
    var buffer: [UInt8] = []
    while let request = read(connection, &buffer) {
      for step in take(request) {
        switch step {
        case .send(let text): guard write(connection, Array(text.utf8)) else { return }
        case .bytes(let bytes): guard write(connection, bytes) else { return }
        case .wait(let duration): usleep(UInt32(duration / .microseconds(1)))
        case .reset:
          var option = linger(l_onoff: 1, l_linger: 0)
          unsafe setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
          return
        case .close: return
        }
      }
    }
  }

  private static func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func read(_ connection: Int32, _ buffer: inout [UInt8]) -> Request? {
    func more() -> Bool {
      var window = [UInt8](repeating: 0, count: 64 << 10)
      let count = unsafe recv(connection, &window, window.count, 0)
      if count > 0 { buffer += window[..<count] }
      return count > 0
    }
    let end: [UInt8] = [13, 10, 13, 10]
    var headEnd: Int?
    while headEnd == nil {
      headEnd = buffer.indices.first { buffer[$0...].starts(with: end) }
      if headEnd == nil, !more() { return nil }
    }
    let bodyStart = (headEnd ?? 0) + 4
    let lines = String(decoding: buffer[..<(bodyStart - 4)], as: UTF8.self).split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count == 3 else { return nil }
    var request = Request(method: String(words[0]), target: String(words[1]))
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      request.fields.append((String(line[..<colon]), String(value)))
    }
    if request["Expect"] != nil { _ = write(connection, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    let length = request["Content-Length"].flatMap { Int($0) } ?? 0
    while buffer.count < bodyStart + length { if !more() { return nil } }
    request.body = Array(buffer[bodyStart..<bodyStart + length])
    buffer.removeFirst(bodyStart + length)
    return request
  }
}

extension [ScriptedServer.Step] {
  /// A whole response.
  public static func response(_ status: Int, _ fields: [(String, String)] = [], _ body: String = "") -> Self {
    response(status, fields, bytes: [UInt8](body.utf8))
  }

  /// A whole response.
  public static func response(_ status: Int, _ fields: [(String, String)] = [], bytes: [UInt8]) -> Self {
    let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
    return [.send("HTTP/1.1 \(status) Reason\r\nContent-Length: \(bytes.count)\r\n\(lines)\r\n"), .bytes(bytes)]
  }
}
