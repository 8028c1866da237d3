import HTTP

/// A store's no: the status, and what the body of its answer says.
struct StoreRefusal: Equatable, Sendable, CustomStringConvertible {
  var status: Int
  /// `NoSuchKey` and the like; `""` where the answer names none, as those to HEAD do.
  var code = ""
  var message = ""
  /// The region that the bucket is in, if the answer tells.
  var region: String?
  /// The store's name for the request, which its operators can find.
  var requestID: String?
  var retryAfter: Duration?
  /// The store's time, milliseconds since 1970.
  var serverTime: Int64?
  /// The host where the bucket is, if the answer tells.
  var endpoint: String?

  init(status: Int, code: String, message: String = "") {
    self.status = status
    self.code = code
    self.message = message
  }

  /// What a `Retry-After` asks for.
  /// - Parameter now: milliseconds since 1970, for one that is a date.
  static func retryAfter(_ value: String?, now: Int64) -> Duration? {
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
  static func oneLine(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
  }
}
