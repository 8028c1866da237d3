/// What cannot be learnt from a Prometheus or its file, in one line with the way out.
///
/// It holds no value out of the configuration save external labels: others may be secrets.
public struct PrometheusError: Error, Sendable, CustomStringConvertible {
  public enum Code: Equatable, Sendable {
    /// `--prometheus.url` is no address.
    case badAddress
    /// Nobody answers at the address.
    case unreachable
    /// It answers, but not as Prometheus does.
    case notPrometheus
    /// It, or something before it, wants credentials.
    case accessDenied
    /// It did not get ready in the time allowed.
    case notReady
    /// The snapshot needs `--web.enable-admin-api`.
    case adminAPIDisabled
    /// It refused something else, in its own words.
    case rejected
    /// The file is missing or cannot be read.
    case unreadable
    /// The configuration is no YAML, or not Prometheus'.
    case malformed
    /// An external label that cannot be taken as it stands.
    case badLabel
    /// Two sources that name different values.
    case contradiction
    /// No external labels anywhere.
    case noLabels
    /// The data folder is not here, or not that Prometheus'.
    case noDataFolder
  }

  public let code: Code
  /// The URL, or the file's path; `""` where the error has no single place.
  public let place: String
  public let reason: String
  public let cause: (any Error)?

  public init(_ code: Code, _ place: String, _ reason: String, cause: (any Error)? = nil) {
    self.code = code
    self.place = place
    self.reason = reason
    self.cause = cause
  }

  public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
