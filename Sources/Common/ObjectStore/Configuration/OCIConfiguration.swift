/// `config` of type OCI (Oracle), with Thanos' defaults.
public struct OCIConfiguration: Equatable, Sendable {
  public var credentials: CredentialsProvider = .default
  public var bucket = ""
  public var compartmentOCID = ""
  public var tenancyOCID = ""
  public var userOCID = ""
  public var region = ""
  public var fingerprint = ""
  public var privateKey: Secret = ""
  public var passphrase: Secret = ""
  /// Bytes; 0 for the client's own default.
  public var partSize: UInt64 = 0
  public var maximumRequestRetries = 0
  /// `request_retry_interval`, whole seconds.
  public var requestRetryInterval: Duration = .zero
  public var http = HTTPConfiguration()
  /// `http_config.client_timeout`: for a whole request.
  public var clientTimeout: Duration = .seconds(90)

  /// `provider`: where the credentials come from.
  public enum CredentialsProvider: String, CaseIterable, Sendable {
    /// `~/.oci/config`.
    case `default`
    case instancePrincipal = "instance-principal"
    /// From this configuration: tenancy, user, region, fingerprint and private key are then required.
    case raw
    case okeWorkloadIdentity = "oke-workload-identity"
  }

  public init() {}
}
