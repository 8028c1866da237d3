import HTTP
import Logging

/// `trace.enable`: requests and answers in the log, at debug. Retries are logged always, since they explain slowness.
struct RequestTrace: Sendable {
  let logger: Logger
  let isOn: Bool

  /// Fields whose values stay out of the log.
  private static let secret = [
    "authorization", "x-amz-security-token", "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5", "x-amz-server-side-encryption-context", "set-cookie",
  ]

  func request(_ request: HTTPRequest) {
    guard isOn else { return }
    logger.debug(
      "\(request.method.rawValue) \(request.url.text) \(request.body.size) bytes \(Self.text(request.headers))")
  }

  func response(_ head: HTTPHead, to request: HTTPRequest) {
    guard isOn else { return }
    logger.debug("\(head.status) to \(request.method.rawValue) \(request.url.text) \(Self.text(head.headers))")
  }

  func retry(of request: StoreRequest) -> (any Error, Duration) -> Void {
    { error, delay in
      let name = "\(request.method.rawValue) \(request.key ?? "bucket")"
      logger.info("\(name) is tried again: \(error)", metadata: ["delay": "\(Int(delay / .milliseconds(1))) ms"])
    }
  }

  static func text(_ headers: HTTPHeaders) -> String {
    let fields = headers.fields.map { field in
      secret.contains(field.name.lowercased()) ? "\(field.name): <secret>" : "\(field.name): \(field.value)"
    }
    return "{\(fields.joined(separator: "; "))}"
  }
}
