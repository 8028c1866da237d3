import HTTP

/// What S3 says in XML, and the stores that speak its protocol in fields besides.
extension StoreRefusal {
  /// - Parameter now: milliseconds since 1970, for a `Retry-After` that is a date.
  init(_ response: HTTPResponse, now: Int64) {
    self.init(response.head, body: response.body, now: now)
  }

  init(_ head: HTTPHead, body: [UInt8], now: Int64) {
    self.init(status: head.status, code: "")
    if let root = try? XMLElement(parsing: body), root.name == "Error" {
      code = root["Code"]?.text ?? ""
      message = root["Message"]?.text ?? ""
      region = root["Region"]?.text
      requestID = root["RequestId"]?.text
      endpoint = root["Endpoint"]?.text
    }
    // HEAD has no body; MinIO tells in fields.
    if code.isEmpty { code = head.headers["x-minio-error-code"] ?? "" }
    if message.isEmpty { message = head.headers["x-minio-error-desc"] ?? "" }
    region = head.headers["x-amz-bucket-region"] ?? region
    if region?.isEmpty == true { region = nil }
    requestID = requestID ?? head.headers["x-amz-request-id"]
    serverTime = head.headers["Date"].flatMap(HTTPDate.parseHeader)
    retryAfter = Self.retryAfter(head.headers["Retry-After"], now: now)
  }
}
