import HTTP

/// Why there is no connection to a store, each with the way out.
struct ConnectionReasons: Sendable {
  /// The bucket's.
  let location: String
  /// What to correct where the address is wrong: `` `endpoint` ``.
  let address: String
  /// What the store should speak: `S3`.
  let protocolName: String
  /// Whether `insecure` in the configuration says that the store speaks plain HTTP.
  var hasInsecureKey = true

  func error(_ error: HTTPError, hadContact: Bool, key: String?) -> BucketError {
    func make(_ code: BucketError.Code, _ reason: String) -> BucketError {
      BucketError(code, key: key, in: location, reason, cause: error)
    }
    switch error.code {
    case .unknownHost: return make(.unreachable, "no such host: check \(address) (\(error))")
    case .cannotConnect:
      return make(.unreachable, "no connection: check \(address), the port and the firewall (\(error))")
    case .tls:
      return make(
        .unreachable,
        "no TLS connection: check `tls_config`\(hasInsecureKey ? ", and `insecure` if the store speaks plain HTTP" : "") "
          + "(\(error))")
    case .proxy:
      return make(
        .unreachable, "the proxy does not work: correct its variable, or name the store's host in NO_PROXY (\(error))")
    case .broken, .timedOut:
      return hadContact
        ? make(.unavailable, "the connection kept failing: \(error)")
        : make(.unreachable, "no answer: check \(address)\(hasInsecureKey ? ", and `insecure` if the store speaks TLS" : "") (\(error))")
    case .tooLarge: return make(.rejected, "\(error): is \(address) an \(protocolName) address?")
    case .noResources, .unreadableBody, .other: return make(.unreachable, "\(error)")
    }
  }
}
