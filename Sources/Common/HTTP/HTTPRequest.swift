public import Platform

/// A request as it goes out: everything encoded and signed already.
public struct HTTPRequest: Sendable {
  public enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  public var method: Method
  public var url: HTTPURL
  public var headers = HTTPHeaders()
  /// Sent with its length, never chunked. Requests without one send `Content-Length: 0` where the method wants a body.
  public var body = HTTPBody.bytes([])
  /// Called on the client's thread with bytes of the body as they go out, and with a negative number where they will
  /// have to go again: the request failed, or was refused.
  public var bodyMoved: (@Sendable (_ bytes: Int64) -> Void)?
  /// Whether the bodies of this request and its response count against the client's `HTTPRateLimits`.
  public var isMetered = false

  public init(method: Method, url: HTTPURL, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody = .bytes([])) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What a request sends: read where it lies, so that memory does not grow with it.
public enum HTTPBody: Sendable {
  case bytes([UInt8])
  /// A region of an open file, in bytes.
  case file(OpenFile, Range<UInt64>)

  /// Bytes.
  public var size: UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .file(_, let range): UInt64(range.count)
    }
  }
}

/// Scheme, authority, path and query, each part encoded exactly as it goes over the wire.
public struct HTTPURL: Equatable, Sendable {
  public var secure: Bool
  /// A name or an address; IPv6 in brackets.
  public var host: String
  /// `nil` for the scheme's own.
  public var port: UInt16?
  /// Percent-encoded, beginning with `/`.
  public var path: String
  /// Percent-encoded, without the `?`; `""` for none.
  public var query = ""

  public init(secure: Bool, host: String, port: UInt16? = nil, path: String, query: String = "") {
    self.secure = secure
    self.host = host
    self.port = port
    self.path = path
    self.query = query
  }

  /// The value of the `Host` field: the port only where it is not the scheme's own.
  public var authority: String {
    guard let port, port != (secure ? 443 : 80) else { return host }
    return "\(host):\(port)"
  }

  /// Takes `host`, `host:port`, `[IPv6]` or `[IPv6]:port` apart.
  /// - Returns: the host, IPv6 with its brackets; `nil` for anything else, and for ports beside 1…65535.
  public static func hostAndPort(_ text: String) -> (host: String, port: UInt16?)? {
    let bytes = Array(text.utf8)
    let end: Int
    if bytes.first == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
      guard bytes[1..<bracket].allSatisfy({ isHexadecimal($0) || $0 == 0x3A || $0 == 0x2E }) else { return nil }
      end = bracket + 1
    } else {
      end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
      guard end > 0, bytes[..<end].allSatisfy(isOfName) else { return nil }
    }
    let host = String(decoding: bytes[..<end], as: UTF8.self)
    if end == bytes.count { return (host, nil) }
    let digits = bytes[(end + 1)...]
    guard bytes[end] == UInt8(ascii: ":"), digits.allSatisfy({ 0x30...0x39 ~= $0 }),
      let port = UInt16(String(decoding: digits, as: UTF8.self)), port > 0
    else { return nil }
    return (host, port)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x41...0x46 ~= byte & 0xDF && byte < 0x80
  }

  /// Letters, digits, `-`, `.` and `_`, which names inside a cluster have.
  private static func isOfName(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x41...0x5A ~= byte & 0xDF && byte < 0x80 || byte == 0x2D || byte == 0x2E || byte == 0x5F
  }

  /// The whole address.
  public var text: String { "\(secure ? "https" : "http")://\(authority)\(path)\(query.isEmpty ? "" : "?\(query)")" }
}

/// The status line and the fields of a response.
public struct HTTPHead: Equatable, Sendable {
  public var status: Int
  public var headers: HTTPHeaders

  public init(status: Int, headers: HTTPHeaders) {
    self.status = status
    self.headers = headers
  }

  /// `Content-Length`, in bytes.
  public var contentLength: UInt64? { headers["Content-Length"].flatMap { UInt64($0) } }
}

/// A response whose body was small enough to be held.
public struct HTTPResponse: Sendable {
  public var head: HTTPHead
  public var body: [UInt8]

  public init(head: HTTPHead, body: [UInt8]) {
    self.head = head
    self.body = body
  }

  public var status: Int { head.status }
  public var headers: HTTPHeaders { head.headers }
}
