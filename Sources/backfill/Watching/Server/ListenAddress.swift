public import Console

/// Where a server listens: `--http-address`.
public struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
  /// Thanos' default.
  public static let standard = ListenAddress(host: "0.0.0.0", port: 10902)

  /// A name or an address, an IPv6 one without brackets.
  public let host: String
  /// 0 for any that is free.
  public let port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, `:port` (every IPv4 address) or `[::1]:port`.
  /// - Returns: `nil` for anything else.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("[") {
      guard host.hasSuffix("]"), host.contains(":") else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"[]/@".utf8.contains($0) }) else { return nil }
    self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Nobody can listen at an address, with the way out.
public struct ListenError: ErrorWithExitStatus, CustomStringConvertible {
  public let address: ListenAddress
  public let reason: String
  public let cause: any Error
  public var exitStatus: ExitStatus { .usage }
  public var description: String { "--http-address \(address): \(reason)" }
}
