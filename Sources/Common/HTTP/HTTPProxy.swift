/// A proxy that a variable names, chosen by the rules of Go's `ProxyFromEnvironment`, which Thanos follows.
///
/// Source: golang.org/x/net/http/httpproxy. libcurl's own rules differ (`ALL_PROXY`, which name wins, the port where
/// none is given), so it is told everything and finds nothing by itself.
struct HTTPProxy: Equatable, Sendable {
  /// The variable, for errors.
  var variable: String
  /// Scheme, host and port, without user and password.
  var address: String
  /// Decoded; `nil` where there is none.
  var user: String?
  /// Decoded. Never part of a message.
  var password: String?

  /// The proxy for a request; `nil` for none.
  /// - Parameter environment: gives a variable's value.
  /// - Throws: `HTTPError` with `.proxy` and the variable's name, never its value: there may be a password in it.
  static func choose(for url: HTTPURL, environment: (String) -> String?) throws(HTTPError) -> HTTPProxy? {
    let name = url.secure ? "HTTPS_PROXY" : "HTTP_PROXY"
    guard let (variable, value) = first(of: [name, name.lowercased()], environment) else { return nil }
    let exceptions = ProxyExceptions(first(of: ["NO_PROXY", "no_proxy"], environment)?.value ?? "")
    if exceptions.contains(host: url.host, port: url.port ?? (url.secure ? 443 : 80)) { return nil }
    // Whoever asks a CGI program for something sets HTTP_PROXY with a field of the request.
    if !url.secure, environment("REQUEST_METHOD")?.isEmpty == false {
      throw HTTPError(.proxy, "\(variable) is not trusted beside REQUEST_METHOD, the sign of a CGI program: unset one")
    }
    return try HTTPProxy(value, of: variable)
  }

  /// The first variable that is not empty.
  private static func first(
    of names: [String], _ environment: (String) -> String?
  ) -> (name: String, value: String)? {
    for name in names {
      if let value = environment(name), !value.isEmpty { return (name, value) }
    }
    return nil
  }

  private init(_ value: String, of variable: String) throws(HTTPError) {
    self.variable = variable
    var rest = Substring(value)
    var scheme = "http"
    if let mark = rest.range(of: "://") {
      scheme = rest[..<mark.lowerBound].lowercased()
      rest = rest[mark.upperBound...]
    }
    guard let defaultPort = ["http": 80, "https": 443, "socks5": 1080, "socks5h": 1080][scheme] as UInt16? else {
      throw Self.wrong(variable, "the scheme must be http, https, socks5 or socks5h")
    }
    rest = rest.prefix { !"/?#".contains($0) }
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let user = PercentEncoding.decode(parts[0]),
        let password = PercentEncoding.decode(parts.dropFirst().first ?? "")
      else { throw Self.wrong(variable, "a `%` in user and password must be written as %25") }
      (self.user, self.password) = (user, password)
      rest = rest[rest.index(after: at)...]
    }
    guard let (host, port) = HTTPURL.hostAndPort(String(rest)) else {
      throw Self.wrong(variable, "host or port is none")
    }
    // Go lets the proxy look names up with either spelling of SOCKS 5.
    address = "\(scheme == "socks5" ? "socks5h" : scheme)://\(host):\(port ?? defaultPort)"
  }

  private static func wrong(_ variable: String, _ reason: String) -> HTTPError {
    HTTPError(.proxy, "\(variable) names no proxy: \(reason); expected is http://user:password@host:port")
  }
}

extension Substring {
  /// The first occurrence of some ASCII text.
  fileprivate func range(of text: StaticString) -> Range<Index>? {
    let wanted = Array(text.description.utf8)
    return utf8.indices.first { utf8[$0...].starts(with: wanted) }.map {
      $0..<utf8.index($0, offsetBy: wanted.count)
    }
  }
}
