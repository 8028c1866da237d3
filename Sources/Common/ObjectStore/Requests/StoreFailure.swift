import HTTP

/// A request to a store that failed: the connection did, or the store said no.
enum StoreFailure: RetryableFailure, CustomStringConvertible {
  /// - Parameters:
  ///   - hadContact: whether this client has ever had an answer from the endpoint. A refused connection is then a store
  ///     that restarts; before, it is a wrong address.
  ///   - isFinal: whether it has been tried often enough.
  case connection(HTTPError, hadContact: Bool, isFinal: Bool = false)
  case refused(StoreRefusal)
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
