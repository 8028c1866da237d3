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
  /// At AWS only.
  let amazon: AmazonHost?
  private let dualstack: Bool

  /// - Returns: `nil` if `endpoint` is no host with an optional port, or `bucket` no name.
  init?(_ configuration: S3Configuration) {
    guard let (host, port) = HTTPURL.hostAndPort(configuration.endpoint),
      S3Configuration.fault(inBucket: configuration.bucket) == nil
    else { return nil }
    self.host = host.lowercased()
    self.port = port
    amazon = AmazonHost(self.host)
    bucket = configuration.bucket
    secure = !configuration.insecure
    dualstack = !configuration.disableDualstack
    switch configuration.bucketLookup {
    case .path: virtualHosted = false
    case .virtualHosted: virtualHosted = true
    case .auto:
      // A wildcard certificate covers one label, so a bucket with dots has no valid name over TLS.
      let fits = !(secure && bucket.contains("."))
      virtualHosted = fits && (amazon != nil || self.host.hasSuffix(".aliyuncs.com"))
    }
  }

  /// The region in AWS' host names: `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1…`, `s3.dualstack.eu-west-1…`.
  var regionInHost: String? { amazon?.region }

  /// The host to speak to: at AWS the region's own, which saves a redirect and, with dual stack, works over IPv6 too.
  private func host(in region: String?) -> String {
    guard let amazon, !amazon.isFixed, let region, !region.isEmpty else { return host }
    return AmazonHost.host(in: region, dualstack: dualstack)
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
