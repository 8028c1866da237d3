public import HTTP

/// `config` of type COS (Tencent), with Thanos' defaults.
public struct COSConfiguration: Equatable, Sendable {
  /// Without the `-` and `appID` that the full name of the bucket ends in.
  public var bucket = ""
  public var region = ""
  public var appID = ""
  /// The bucket's whole URL; makes `bucket`, `region` and `appID` unnecessary.
  public var endpoint = ""
  public var secretKey: Secret = ""
  public var secretID = ""
  public var http = HTTPConfiguration()

  public init() {}
}

extension COSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    bucket = try section.string("bucket")
    region = try section.string("region")
    appID = try section.string("app_id")
    endpoint = try section.string("endpoint")
    secretKey = try section.secret("secret_key")
    secretID = try section.string("secret_id")
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    try section.finish()
    if endpoint.isEmpty {
      try section.require("bucket", !bucket.isEmpty, "the bucket's name, or set endpoint to the bucket's URL")
      try section.require("app_id", !appID.isEmpty, "the account's APPID, or set endpoint to the bucket's URL")
      try section.require("region", !region.isEmpty, "the bucket's region, or set endpoint to the bucket's URL")
    }
    try section.require("secret_id", !secretID.isEmpty, "the ID of the account's key")
    try section.require("secret_key", !secretKey.isEmpty, "the account's key")
  }
}
