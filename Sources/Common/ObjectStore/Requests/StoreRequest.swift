import HTTP

/// A request to a bucket before it is addressed and signed.
struct StoreRequest: Sendable {
  var method: HTTPRequest.Method
  /// The object's whole key; `nil` for the bucket itself.
  var key: String?
  /// Percent-encoded, with its `/`, where a protocol has more places than one for a key; `nil` for the key's own.
  var path: String?
  var query = HTTPQuery()
  var headers = HTTPHeaders()
  var content = ObjectContent.bytes([])
  /// Of `content`, as far as it was computed.
  var digest = PayloadDigest()
  /// Called with bytes of the content as they go out; negative where they have to go again.
  var moved: (@Sendable (_ bytes: Int64) -> Void)?

  /// Whether an object's bytes go with it or come with its answer: parts and objects, no listing of parts.
  var carriesContent: Bool {
    guard key != nil else { return false }
    return switch method {
    case .put: true
    case .get: query["uploadId"] == nil
    default: false
    }
  }
}
