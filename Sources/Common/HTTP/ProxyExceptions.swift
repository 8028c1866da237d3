import Glibc

/// The hosts that are reached without a proxy: this machine, and those that `NO_PROXY` lists.
///
/// Source: golang.org/x/net/http/httpproxy. Entries are names (`example.com` with all below it, `.example.com` and
/// `*.example.com` only what is below), addresses, both with an optional port, networks (`10.0.0.0/8`), and `*`.
struct ProxyExceptions {
  private enum Entry {
    case all
    case network([UInt8], bits: Int)
    case address([UInt8], port: UInt16?)
    /// With its leading dot.
    case domain(String, isItself: Bool, port: UInt16?)
  }

  private let entries: [Entry]

  init(_ list: String) {
    entries = list.split(separator: ",").compactMap { Self.entry(Self.trimmed($0).lowercased()) }
  }

  func contains(host: String, port: UInt16) -> Bool {
    let host = Self.bare(host.lowercased())
    let address = Self.bytes(ofAddress: host)
    if host == "localhost" || address.map(Self.isLoopback) == true { return true }
    return entries.contains { entry in
      switch entry {
      case .all: return true
      case .network(let network, let bits):
        return address.map { Self.isEqual($0, network, bits: bits) } ?? false
      case .address(let bytes, let only): return bytes == address && (only ?? port) == port
      case .domain(let domain, let isItself, let only):
        let matches = host.hasSuffix(domain) || isItself && host == domain.dropFirst()
        return matches && (only ?? port) == port
      }
    }
  }

  private static func entry(_ text: String) -> Entry? {
    if text == "*" { return .all }
    if let slash = text.firstIndex(of: "/") {
      guard let bytes = bytes(ofAddress: String(text[..<slash])),
        let bits = Int(text[text.index(after: slash)...]), (0...bytes.count * 8).contains(bits)
      else { return nil }
      return .network(bytes, bits: bits)
    }
    var (name, port): (String, UInt16?) = (text.hasPrefix("*.") ? String(text.dropFirst()) : text, nil)
    // An IPv6 address without brackets is all colons and no port.
    if bytes(ofAddress: name) == nil, let split = HTTPURL.hostAndPort(name) { (name, port) = split }
    if let bytes = bytes(ofAddress: bare(name)) { return .address(bytes, port: port) }
    guard !name.isEmpty else { return nil }
    return name.hasPrefix(".")
      ? .domain(name, isItself: false, port: port) : .domain("." + name, isItself: true, port: port)
  }

  private static func trimmed(_ text: Substring) -> String {
    let text = text.drop(while: \.isWhitespace)
    return String(text.prefix(text.count - text.reversed().prefix(while: \.isWhitespace).count))
  }

  /// An IPv6 address without its brackets.
  private static func bare(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
  }

  /// 4 or 16 bytes, IPv4 in IPv6's clothes counting as IPv4; `nil` for what is no address.
  private static func bytes(ofAddress text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
    guard unsafe inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
    return bytes[..<12].elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]) ? Array(bytes[12...]) : bytes
  }

  private static func isLoopback(_ address: [UInt8]) -> Bool {
    address.count == 4 ? address[0] == 127 : address.dropLast().allSatisfy { $0 == 0 } && address.last == 1
  }

  private static func isEqual(_ address: [UInt8], _ network: [UInt8], bits: Int) -> Bool {
    guard address.count == network.count else { return false }
    return zip(address, network).enumerated().allSatisfy { index, pair in
      let counted = max(0, min(8, bits - index * 8))
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> counted)
      return pair.0 & mask == pair.1 & mask
    }
  }
}
