public import HTTP

/// `config` of type OBS (Huawei), with Thanos' defaults.
public struct OBSConfiguration: Equatable, Sendable {
  public var bucket = ""
  /// Required, as are both keys.
  public var endpoint = ""
  public var accessKey = ""
  public var secretKey: Secret = ""
  public var http = HTTPConfiguration()

  public init() {}
}

extension OBSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    bucket = try section.string("bucket")
    endpoint = try section.string("endpoint")
    accessKey = try section.string("access_key")
    secretKey = try section.secret("secret_key")
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    try section.finish()
    try section.require("endpoint", !endpoint.isEmpty, "the region's host: obs.eu-west-101.myhuaweicloud.eu")
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
    try section.require("access_key", !accessKey.isEmpty, "the ID of the account's key")
    try section.require("secret_key", !secretKey.isEmpty, "the account's key")
  }
}
