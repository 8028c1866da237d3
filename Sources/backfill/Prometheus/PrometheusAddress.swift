internal import HTTP

/// Where a Prometheus answers: `--prometheus.url`, the prefix of `--web.external-url` included.
public struct PrometheusAddress: Equatable, Sendable, CustomStringConvertible {
  /// As it was given, without slashes at its end.
  public let description: String
  private let secure: Bool
  private let host: String
  private let port: UInt16?
  /// `""`, or what comes before `/api`: begins with a slash and does not end in one.
  private let prefix: String

  /// - Throws: `PrometheusError` with `.badAddress`.
  public init(_ text: String) throws(PrometheusError) {
    let example = "expected an address such as http://localhost:9090"
    // A user and password are not shown: they would get into logs.
    guard !text.contains("@") else {
      throw PrometheusError(
        .badAddress, "--prometheus.url",
        "credentials in the address are not supported; use --prometheus.config-file or --label instead")
    }
    var rest = text[...]
    if rest.hasPrefix("http://") {
      (secure, rest) = (false, rest.dropFirst(7))
    } else if rest.hasPrefix("https://") {
      (secure, rest) = (true, rest.dropFirst(8))
    } else {
      throw PrometheusError(.badAddress, "--prometheus.url \(text)", example)
    }
    while rest.hasSuffix("/") { rest.removeLast() }
    let authority = rest.prefix { $0 != "/" }
    let path = rest[authority.endIndex...]
    // The host ends at the last colon outside of an IPv6 address' brackets.
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    let colon = authority[bracket...].firstIndex(of: ":")
    host = String(authority[..<(colon ?? authority.endIndex)])
    port = colon.flatMap { UInt16(authority[authority.index(after: $0)...]) }
    prefix = String(path)
    let isPrintable = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard isPrintable, !host.isEmpty, (port ?? 0 > 0) == (colon != nil), !path.contains("?"), !path.contains("#") else {
      throw PrometheusError(.badAddress, "--prometheus.url \(text)", example)
    }
    description = "\(secure ? "https" : "http")://\(rest)"
  }

  /// Whether it is this very machine, whose paths are ours too.
  public var isLoopback: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "localhost" || host == "[::1]"
      || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// - Parameter path: begins with a slash.
  func url(_ path: String) -> HTTPURL { HTTPURL(secure: secure, host: host, port: port, path: prefix + path) }
}
