import HTTP

/// A request to a store that failed: the connection did, or the store said no.
enum S3Failure: RetryableFailure, CustomStringConvertible {
  /// - Parameters:
  ///   - hadContact: whether this client has ever had an answer from the endpoint. A refused connection is then a store
  ///     that restarts; before, it is a wrong address.
  ///   - isFinal: whether it has been tried often enough.
  case connection(HTTPError, hadContact: Bool, isFinal: Bool = false)
  case refused(S3Refusal)
  /// An answer that makes no sense, with the reason.
  case malformed(String)

  var retryAdvice: RetryAdvice {
    switch self {
    case .connection(_, _, isFinal: true): .never
    case .connection(let error, let hadContact, _):
      switch error.code {
      case .broken, .timedOut: .retry(after: nil)
      case .cannotConnect, .unknownHost, .proxy: hadContact ? .retry(after: nil) : .never
      case .tls, .unreadableBody, .tooLarge, .noResources, .other: .never
      }
    case .refused(let refusal): refusal.isTemporary ? .retry(after: refusal.retryAfter) : .never
    case .malformed: .never
    }
  }

  var description: String {
    switch self {
    case .connection(let error, _, _): error.reason
    case .refused(let refusal): refusal.description
    case .malformed(let reason): reason
    }
  }
}

/// A store's no: the status, and what its XML says.
struct S3Refusal: Equatable, Sendable, CustomStringConvertible {
  var status: Int
  /// `NoSuchKey` and the like; `""` where the answer names none, as those to HEAD do.
  var code = ""
  var message = ""
  /// The region that the bucket is in, if the answer tells.
  var region: String?
  /// The store's name for the request, which its operators can find.
  var requestID: String?
  var retryAfter: Duration?

  /// - Parameter now: milliseconds since 1970, for a `Retry-After` that is a date.
  init(_ response: HTTPResponse, now: Int64) {
    self.init(response.head, body: response.body, now: now)
  }

  init(_ head: HTTPHead, body: [UInt8], now: Int64) {
    status = head.status
    if let root = try? XMLElement(parsing: body), root.name == "Error" {
      code = root["Code"]?.text ?? ""
      message = root["Message"]?.text ?? ""
      region = root["Region"]?.text
      requestID = root["RequestId"]?.text
    }
    // HEAD has no body; MinIO tells in fields.
    if code.isEmpty { code = head.headers["x-minio-error-code"] ?? "" }
    if message.isEmpty { message = head.headers["x-minio-error-desc"] ?? "" }
    region = head.headers["x-amz-bucket-region"] ?? region
    if region?.isEmpty == true { region = nil }
    requestID = requestID ?? head.headers["x-amz-request-id"]
    retryAfter = Self.retryAfter(head.headers["Retry-After"], now: now)
  }

  init(status: Int, code: String, message: String = "") {
    self.status = status
    self.code = code
    self.message = message
  }

  private static func retryAfter(_ value: String?, now: Int64) -> Duration? {
    guard let value else { return nil }
    if let seconds = UInt32(value) { return .seconds(Int64(seconds)) }
    return HTTPDate.parseHeader(value).map { .milliseconds(max(0, $0 - now)) }
  }

  /// Throttling and passing faults of the store, by code and else by status.
  var isTemporary: Bool {
    switch code {
    case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "InternalError", "RequestTimeout",
      "Throttling",
      "ThrottlingException", "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "TooManyRequests",
      "BandwidthLimitExceeded", "OperationAborted", "RequestTimeoutException":
      true
    case "NotImplemented": false
    default: status == 429 || status >= 500 && ![501, 505, 507].contains(status)
    }
  }

  /// Whether the store has more to do than it can, rather than a fault: others should hold back as well.
  var asksToSlowDown: Bool {
    switch code {
    case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "Throttling", "ThrottlingException",
      "RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "TooManyRequests",
      "BandwidthLimitExceeded":
      true
    default: status == 429 || status == 503
    }
  }

  /// Whether the credentials were good once, and others may be had.
  var meansExpiredCredentials: Bool {
    ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(code)
  }

  /// Whether an upload in parts can never become an object, whatever is sent to it.
  var condemnsUpload: Bool {
    ["InvalidPart", "InvalidPartOrder", "EntityTooSmall", "NoSuchUpload"].contains(code)
  }

  var description: String {
    let code = code.isEmpty ? "status \(status)" : "\(code) (\(status))"
    let id = requestID.map { ", request \($0)" } ?? ""
    return message.isEmpty ? "\(code)\(id)" : "\(code): \(Self.oneLine(message))\(id)"
  }

  /// Messages come from outside: control characters out, and not too much of them.
  private static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
