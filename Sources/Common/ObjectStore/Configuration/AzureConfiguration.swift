/// `config` of type AZURE, with Thanos' defaults.
///
/// The way in is the first of these that is there: connection string, account key, client secret, managed identity.
public struct AzureConfiguration: Equatable, Sendable {
  /// `storage_account`. Required.
  public var storageAccount = ""
  /// Required.
  public var container = ""
  public var storageAccountKey: Secret = ""
  /// Excludes `storageAccountKey`.
  public var storageConnectionString: Secret = ""
  /// `az_tenant_id`. Comes with `clientID` and `clientSecret`.
  public var tenantID = ""
  public var clientID = ""
  public var clientSecret: Secret = ""
  /// Excludes account key, connection string and client.
  public var userAssignedID = ""
  /// `storage_create_container`.
  public var createsContainer = true
  public var endpoint = "blob.core.windows.net"
  /// `max_retries`; 0 for the client's own default.
  public var maximumRetries = 0
  /// `reader_config.max_retry_requests`.
  public var readerMaximumRetries = 0
  public var pipeline = Pipeline()
  public var http = HTTPConfiguration()

  /// `pipeline_config`. 0 for the client's own defaults.
  public struct Pipeline: Equatable, Sendable {
    public var maximumTries = 0
    public var tryTimeout: Duration = .zero
    public var retryDelay: Duration = .zero
    public var maximumRetryDelay: Duration = .zero

    public init() {}
  }

  public init() {}
}
