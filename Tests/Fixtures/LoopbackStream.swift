import Glibc

/// One end of a TCP connection on the loopback address, for threads that may block.
///
/// Not `Sendable`: each belongs to the thread of its connection, save that `LoopbackStream.interrupt` may wake it.
final class LoopbackStream {
  let descriptor: Int32
  /// What came with a head and is not read yet.
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    // A program that a test starts must not hold the connection open.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var on: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Ends whatever the thread of a connection waits for.
  static func interrupt(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_RDWR)) }

  // MARK: Making connections

  private static func withAddress<Value>(
    _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Value
  ) -> (Value, port: UInt16) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let value = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
    }
    return (value, UInt16(bigEndian: address.sin_port))
  }

  /// A descriptor that connections are accepted from, and the free port that it was given.
  static func listen() -> (descriptor: Int32, port: UInt16)? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let (isBound, port) = unsafe withAddress(0) { address, length in
      unsafe bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
    }
    guard isBound, Glibc.listen(descriptor, 128) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
    return (descriptor, port)
  }

  static func connect(to port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    let (isConnected, _) = unsafe withAddress(port) { address, length in
      unsafe Glibc.connect(descriptor, address, length) == 0
    }
    guard isConnected else {
      Glibc.close(descriptor)
      return nil
    }
    return descriptor
  }

  // MARK: Bytes

  /// Up to and including the empty line; `nil` at the end of the connection.
  func readHead() -> [UInt8]? {
    var searched = 0
    while true {
      if let end = Self.headEnd(buffer, from: max(0, searched - 3)) {
        let head = Array(buffer[..<end])
        buffer.removeFirst(end)
        return head
      }
      searched = buffer.count
      guard searched < 1 << 20, let more = receive(64 << 10) else { return nil }
      buffer += more
    }
  }

  private static func headEnd(_ bytes: [UInt8], from: Int) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for index in from..<max(from, bytes.count - 3) where bytes[index...].starts(with: [13, 10, 13, 10]) {
      return index + 4
    }
    return nil
  }

  /// Some bytes, at most `limit`; `nil` at the end of the connection.
  func read(upTo limit: Int) -> [UInt8]? {
    guard !buffer.isEmpty else { return receive(limit) }
    let bytes = Array(buffer.prefix(limit))
    buffer.removeFirst(bytes.count)
    return bytes
  }

  /// So many bytes; `nil` if the connection ends before.
  func readAll(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard let more = read(upTo: count - bytes.count) else { return nil }
      bytes += more
    }
    return bytes
  }

  /// A line with its end.
  func readLine() -> [UInt8]? {
    var line: [UInt8] = []
    while line.last != 10 {
      guard line.count < 1 << 16, let byte = read(upTo: 1) else { return nil }
      line += byte
    }
    return line
  }

  private func receive(_ limit: Int) -> [UInt8]? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: min(limit, 256 << 10)) { buffer, count in
      repeat {
        count = unsafe max(-1, recv(descriptor, buffer.baseAddress, buffer.count, 0))
      } while count < 0 && errno == EINTR
      count = max(0, count)
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// - Returns: `false` when the other side has gone.
  func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        unsafe send(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { done += count } else if errno != EINTR { return false }
    }
    return true
  }

  // MARK: Waiting and ending

  /// Whether something came, the end included, before the time was over.
  func waitForBytes(milliseconds: Int32) -> Bool { !buffer.isEmpty || Self.wait([self], milliseconds) != nil }

  /// The first of the streams from which something came.
  static func wait(_ streams: [LoopbackStream], _ milliseconds: Int32) -> Int? {
    if let index = streams.firstIndex(where: { !$0.buffer.isEmpty }) { return index }
    var entries = streams.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    guard unsafe poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return nil }
    return entries.firstIndex { $0.revents != 0 }
  }

  /// Waits until the other side has closed, at most so long. Bytes that come meanwhile stay where they are.
  func waitForEnd(milliseconds: Int32) {
    // POLLRDHUP, a GNU extension that Swift's C library module leaves out.
    let closed: Int16 = 0x2000
    var entry = pollfd(fd: descriptor, events: closed, revents: 0)
    unsafe poll(&entry, 1, milliseconds)
  }

  /// Has the other side see a reset when the descriptor is closed.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}
