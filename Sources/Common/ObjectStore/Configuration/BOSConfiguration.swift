/// `config` of type BOS (Baidu). Every key is required.
public struct BOSConfiguration: Equatable, Sendable {
  public var bucket = ""
  public var endpoint = ""
  public var accessKey = ""
  public var secretKey: Secret = ""

  public init() {}
}

extension BOSConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    bucket = try section.string("bucket")
    endpoint = try section.string("endpoint")
    accessKey = try section.string("access_key")
    secretKey = try section.secret("secret_key")
    try section.finish()
    try section.require("bucket", !bucket.isEmpty, "the bucket's name")
    try section.require("endpoint", !endpoint.isEmpty, "the region's host: bj.bcebos.com")
    try section.require("access_key", !accessKey.isEmpty, "the ID of the account's key")
    try section.require("secret_key", !secretKey.isEmpty, "the account's key")
  }
}
