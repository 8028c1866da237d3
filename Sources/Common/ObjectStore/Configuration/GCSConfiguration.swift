public import HTTP

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

extension GCSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    bucket = try section.string("bucket")
    serviceAccount = try section.secret("service_account")
    useGRPC = try section.bool("use_grpc")
    grpcConnectionPoolSize = try section.int("grpc_conn_pool_size", in: 0...Int64(Int32.max))
    chunkSize = try section.bytes("chunk_size_bytes")
    maximumRetries = try section.int("max_retries", in: 0...Int64(Int32.max))
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    try section.finish()
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
  }
}
