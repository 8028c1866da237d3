import HTTP

/// Turns a bucket request into one that goes over the wire.
struct S3Signer: Sendable {
  var credentials: S3Credentials?
  var usesV2: Bool
  /// Whether a digest's MD5 goes along as Content-MD5.
  var sendsMD5 = true

  /// V4 signs for a region; V2 and unsigned requests do not care.
  var needsRegion: Bool { credentials != nil && !usesV2 }
  var signsPayload: Bool { needsRegion }

  /// - Parameter now: milliseconds since 1970.
  func sign(_ request: StoreRequest, at endpoint: S3Endpoint, region: String?, now: Int64) -> HTTPRequest {
    let url = endpoint.url(key: request.key, query: request.query, region: region)
    var headers = HTTPHeaders([("Host", url.authority), ("User-Agent", "blockhaul")])
    for field in request.headers.fields { headers.add(field.name, field.value) }
    if sendsMD5, let md5 = request.digest.md5 { headers["Content-MD5"] = Base64.text(md5) }
    if let credentials {
      if let token = credentials.sessionToken { headers["x-amz-security-token"] = token.exposed }
      if usesV2 {
        headers["Date"] = HTTPDate.header(now)
        headers["Authorization"] = SignatureV2(credentials: credentials).authorization(
          method: request.method.rawValue, resource: endpoint.resource(key: request.key), query: request.query,
          headers: headers)
      } else {
        let date = HTTPDate.basic(now)
        let hash = payloadHash(request)
        headers["x-amz-date"] = date
        headers["x-amz-content-sha256"] = hash
        headers["Authorization"] = SignatureV4(credentials: credentials, region: region ?? "us-east-1").authorization(
          method: request.method.rawValue, path: url.path, query: url.query, headers: headers, payloadHash: hash,
          date: date)
      }
    }
    var signed = HTTPRequest(method: request.method, url: url, headers: headers, body: request.content.body)
    signed.bodyMoved = request.moved
    return signed
  }

  private func payloadHash(_ request: StoreRequest) -> String {
    if let hash = request.digest.sha256 { return Hexadecimal.text(hash) }
    return request.content.size == 0
      ? "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" : "UNSIGNED-PAYLOAD"
  }
}
