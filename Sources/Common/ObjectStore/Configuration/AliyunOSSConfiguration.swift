/// `config` of type ALIYUNOSS. Every key is required.
public struct AliyunOSSConfiguration: Equatable, Sendable {
  public var endpoint = ""
  public var bucket = ""
  public var accessKeyID = ""
  public var accessKeySecret: Secret = ""

  public init() {}
}

extension AliyunOSSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    endpoint = try section.string("endpoint")
    bucket = try section.string("bucket")
    accessKeyID = try section.string("access_key_id")
    accessKeySecret = try section.secret("access_key_secret")
    try section.finish()
    try section.require("endpoint", !endpoint.isEmpty, "the region's host: oss-eu-central-1.aliyuncs.com")
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
    try section.require("access_key_id", !accessKeyID.isEmpty, "the ID of the account's key")
    try section.require("access_key_secret", !accessKeySecret.isEmpty, "the account's key")
  }
}
