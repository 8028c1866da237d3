import Platform

/// A request as it goes out: everything encoded and signed already.
struct HTTPRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  var method: Method
  var url: HTTPURL
  var headers = HTTPHeaders()
  /// Sent with its length, never chunked. Requests without one send `Content-Length: 0` where the method wants a body.
  var body = ObjectContent.bytes([])
}

/// Scheme, authority, path and query, each part encoded exactly as it goes over the wire.
struct HTTPURL: Equatable, Sendable {
  var secure: Bool
  /// A name or an address; IPv6 in brackets.
  var host: String
  /// `nil` for the scheme's own.
  var port: UInt16?
  /// Percent-encoded, beginning with `/`.
  var path: String
  /// Percent-encoded, without the `?`; `""` for none.
  var query = ""

  /// The value of the `Host` field: the port only where it is not the scheme's own.
  var authority: String {
    guard let port, port != (secure ? 443 : 80) else { return host }
    return "\(host):\(port)"
  }

  var text: String { "\(secure ? "https" : "http")://\(authority)\(path)\(query.isEmpty ? "" : "?\(query)")" }
}

/// The status line and the fields of a response.
struct HTTPHead: Equatable, Sendable {
  var status: Int
  var headers: HTTPHeaders

  /// `Content-Length`, in bytes.
  var contentLength: UInt64? { headers["Content-Length"].flatMap { UInt64($0) } }
}

/// A response whose body was small enough to be held.
struct HTTPResponse: Sendable {
  var head: HTTPHead
  var body: [UInt8]

  var status: Int { head.status }
  var headers: HTTPHeaders { head.headers }
}
