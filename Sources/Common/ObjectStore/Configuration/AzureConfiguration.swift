public import HTTP

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

extension AzureConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    let counts = 0...Int64(Int32.max)
    tenantID = try section.string("az_tenant_id")
    clientID = try section.string("client_id")
    clientSecret = try section.secret("client_secret")
    storageAccount = try section.string("storage_account")
    storageAccountKey = try section.secret("storage_account_key")
    storageConnectionString = try section.secret("storage_connection_string")
    createsContainer = try section.bool("storage_create_container", default: createsContainer)
    container = try section.string("container")
    endpoint = try section.string("endpoint", default: endpoint)
    userAssignedID = try section.string("user_assigned_id")
    maximumRetries = try section.int("max_retries", in: counts)
    var readerSection = try section.section("reader_config")
    readerMaximumRetries = try readerSection.int("max_retry_requests", in: counts)
    try readerSection.finish()
    var pipelineSection = try section.section("pipeline_config")
    pipeline.maximumTries = try pipelineSection.int("max_tries", in: counts)
    pipeline.tryTimeout = try pipelineSection.duration("try_timeout")
    pipeline.retryDelay = try pipelineSection.duration("retry_delay")
    pipeline.maximumRetryDelay = try pipelineSection.duration("max_retry_delay")
    try pipelineSection.finish()
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    // Deprecated and without effect, in Thanos too.
    _ = try section.string("msi_resource")
    try section.finish()
    try validate(in: section)
  }

  private func validate(in section: ConfigurationSection) throws(ConfigurationError) {
    try section.require("storage_account", !storageAccount.isEmpty, "the storage account's name")
    try section.require("container", !container.isEmpty, "the container's name")
    let others = [
      ("storage_account_key", storageAccountKey.isEmpty),
      ("storage_connection_string", storageConnectionString.isEmpty),
      ("client_id", clientID.isEmpty),
    ]
    if !userAssignedID.isEmpty, let (other, _) = others.first(where: { !$0.1 }) {
      throw section.failure(.contradiction, "user_assigned_id", "excludes \(other); keep one of them")
    }
    if !storageAccountKey.isEmpty, !storageConnectionString.isEmpty {
      throw section.failure(
        .contradiction, "storage_connection_string", "excludes storage_account_key; keep one of them")
    }
    let client = [
      ("az_tenant_id", tenantID.isEmpty), ("client_id", clientID.isEmpty), ("client_secret", clientSecret.isEmpty),
    ]
    if client.contains(where: { !$0.1 }), let (missing, _) = client.first(where: \.1) {
      throw section.failure(.contradiction, missing, "missing; az_tenant_id, client_id and client_secret come together")
    }
  }
}
