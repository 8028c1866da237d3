import Glibc

/// Ports of the loopback address that nobody listens on.
enum FreePorts {
  struct Failure: Error {}

  /// Ports for servers, below those that the system gives to clients (and to the other tests' servers): one of these could
  /// be taken by anybody before the server that it is meant for has started.
  static func find(_ count: Int) throws -> [UInt16] {
    var found: [UInt16] = []
    for _ in 0..<1000 where found.count < count {
      let port = UInt16.random(in: 15_000..<32_000)
      if !found.contains(port), try isFree(port) { found.append(port) }
    }
    guard found.count == count else { throw Failure() }
    return found
  }

  private static func isFree(_ port: UInt16) throws -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure() }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
