/// `config` of type GCS, with Thanos' defaults.
public struct GCSConfiguration: Equatable, Sendable {
  /// Required.
  public var bucket = ""
  /// The service account's JSON; `""` for application default credentials.
  public var serviceAccount: Secret = ""
  public var useGRPC = false
  public var grpcConnectionPoolSize = 0
  /// Bytes; 0 for the client's own default.
  public var chunkSize: UInt64 = 0
  /// 0 for the client's own default, 1 for no retries.
  public var maximumRetries = 0
  public var http = HTTPConfiguration()

  public init() {}
}
