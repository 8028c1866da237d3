/// A request that got no usable response, with libcurl's own reason. Status codes are no errors here.
public struct HTTPError: Error, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    /// The host's name has no address.
    case unknownHost
    /// Nobody answers at the address, or refuses.
    case cannotConnect
    /// The certificate, a certificate file or the handshake.
    case tls
    /// The proxy has no address, or refuses.
    case proxy
    /// The connection broke off after it had been made.
    case broken
    /// One of the time-outs: to connect, of the TLS handshake, for the first byte of the answer, or nothing moved.
    case timedOut
    /// The body that was to be sent could not be read.
    case unreadableBody
    /// A response longer than what was allowed for it.
    case tooLarge
    /// The system has no thread or memory for a client.
    case noResources
    /// What is left: no HTTP spoken there, a bad address.
    case other
  }

  public let code: Code
  /// What happened, in words: libcurl's, or what timed out. Holds no field of the request.
  public let reason: String
  /// A `FileError` where the body could not be read.
  public var cause: (any Error)?

  public init(_ code: Code, _ reason: String, cause: (any Error)? = nil) {
    self.code = code
    self.reason = reason
    self.cause = cause
  }

  public var description: String { reason }
}
