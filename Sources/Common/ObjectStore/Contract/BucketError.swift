/// An operation on a bucket that failed for good, in one line that says what to do.
public struct BucketError: Error, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    case objectNotFound
    case bucketNotFound
    /// The key or token is unknown, wrong or expired.
    case badCredentials
    /// The credentials are good, the permission is missing.
    case accessDenied
    /// No connection: name, address, port, proxy or certificate.
    case unreachable
    /// The store kept asking to slow down, or failing, for as long as retries are allowed.
    case unavailable
    /// The object changed while it was being read.
    case changed
    case tooLarge
    /// A disk is full, or a quota is.
    case noSpace
    /// The store answered something else that is final.
    case rejected
  }

  public let code: Code
  public let key: String?
  /// The bucket's `location`.
  public let bucket: String
  /// The reason and the way out, without secrets.
  public let reason: String
  public let cause: (any Error)?

  public init(_ code: Code, key: String? = nil, in bucket: String, _ reason: String, cause: (any Error)? = nil) {
    self.code = code
    self.key = key
    self.bucket = bucket
    self.reason = reason
    self.cause = cause
  }

  public var description: String {
    let place = key.map { "\(bucket): \($0)" } ?? bucket
    return "\(place): \(reason)"
  }
}
