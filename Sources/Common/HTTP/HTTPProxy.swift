/// Which proxy a request takes, by the rules of Go's `ProxyFromEnvironment`, which Thanos follows.
enum HTTPProxy: Equatable, Sendable {
  /// libcurl reads `http_proxy`, `https_proxy`, `HTTPS_PROXY` and `no_proxy` as Go does.
  case asLibcurlFinds
  /// Straight to the host.
  case none
  case address(String)

  /// - Parameter environment: gives a variable's value.
  static func choose(for url: HTTPURL, environment: (String) -> String?) -> HTTPProxy {
    // Unlike libcurl, Go never takes a proxy to this very machine.
    if isLoopback(url.host) { return .none }
    // libcurl leaves the upper-case name out because of CGI programs, where a client can set it.
    if !url.secure, environment("http_proxy") == nil, environment("REQUEST_METHOD") == nil,
      let address = environment("HTTP_PROXY"), !address.isEmpty
    {
      return .address(address)
    }
    return .asLibcurlFinds
  }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
