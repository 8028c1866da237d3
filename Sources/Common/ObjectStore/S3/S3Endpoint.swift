import HTTP

/// Where a bucket's requests go: host, lookup, and the address of each object.
struct S3Endpoint: Sendable {
  let bucket: String
  let secure: Bool
  /// As configured.
  let host: String
  let port: UInt16?
  /// Whether the bucket's name stands in front of the host's.
  let virtualHosted: Bool
  private let dualstack: Bool

  /// - Returns: `nil` if `endpoint` is no host with an optional port.
  init?(_ configuration: S3Configuration) {
    let endpoint = configuration.endpoint
    guard !endpoint.isEmpty, !endpoint.contains("/"), !endpoint.contains("@"), !endpoint.contains(" ") else {
      return nil
    }
    var host = endpoint
    var port: UInt16?
    if let colon = endpoint.lastIndex(of: ":"), !endpoint.hasSuffix("]"),
      endpoint.hasPrefix("[") || endpoint.firstIndex(of: ":") == colon
    {
      guard let number = UInt16(endpoint[endpoint.index(after: colon)...]) else { return nil }
      host = String(endpoint[..<colon])
      port = number
    }
    self.host = host.lowercased()
    self.port = port
    bucket = configuration.bucket
    secure = !configuration.insecure
    dualstack = !configuration.disableDualstack
    switch configuration.bucketLookup {
    case .path: virtualHosted = false
    case .virtualHosted: virtualHosted = true
    case .auto:
      // A wildcard certificate covers one label, so a bucket with dots has no valid name over TLS.
      let fits = !(secure && bucket.contains("."))
      virtualHosted = fits && (Self.isAmazon(self.host) || self.host.hasSuffix(".aliyuncs.com"))
    }
  }

  private static func isAmazon(_ host: String) -> Bool {
    host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn")
  }

  /// The region in AWS' host names: `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1…`, `s3.dualstack.eu-west-1…`.
  var regionInHost: String? {
    guard Self.isAmazon(host) else { return nil }
    for label in host.split(separator: ".") {
      let label = label.hasPrefix("s3-") ? label.dropFirst(3) : label
      let parts = label.split(separator: "-", omittingEmptySubsequences: false)
      if parts.count >= 3, parts[0].count == 2, let number = parts.last, !number.isEmpty, number.allSatisfy(\.isNumber)
      {
        return String(label)
      }
    }
    return nil
  }

  /// The host to speak to: AWS' global one is replaced by the region's own, which saves a redirect.
  private func host(in region: String?) -> String {
    guard host == "s3.amazonaws.com", let region, !region.isEmpty else { return host }
    return dualstack ? "s3.dualstack.\(region).amazonaws.com" : "s3.\(region).amazonaws.com"
  }

  /// - Parameter key: the object's whole key, `nil` for the bucket itself.
  func url(key: String?, query: HTTPQuery = HTTPQuery(), region: String?) -> HTTPURL {
    let encoded = key.map { PercentEncoding.encode($0, keepingSlashes: true) } ?? ""
    let host = host(in: region)
    return virtualHosted
      ? HTTPURL(secure: secure, host: "\(bucket).\(host)", port: port, path: "/\(encoded)", query: query.encoded)
      : HTTPURL(secure: secure, host: host, port: port, path: "/\(bucket)/\(encoded)", query: query.encoded)
  }

  /// What V2 signs as the resource: always with the bucket.
  func resource(key: String?) -> String {
    "/\(bucket)/\(key.map { PercentEncoding.encode($0, keepingSlashes: true) } ?? "")"
  }
}
