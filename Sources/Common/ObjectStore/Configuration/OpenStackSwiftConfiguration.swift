public import HTTP

/// `config` of type SWIFT (OpenStack), with Thanos' defaults.
public struct OpenStackSwiftConfiguration: Equatable, Sendable {
  /// 0 where it is to be found out.
  public var authVersion = 0
  public var authURL = ""
  public var username = ""
  public var userID = ""
  public var password: Secret = ""
  public var userDomainName = ""
  public var userDomainID = ""
  public var domainID = ""
  public var domainName = ""
  public var applicationCredentialID = ""
  public var applicationCredentialName = ""
  public var applicationCredentialSecret: Secret = ""
  public var projectID = ""
  public var projectName = ""
  public var projectDomainID = ""
  public var projectDomainName = ""
  public var regionName = ""
  public var containerName = ""
  /// Bytes, 1 GiB.
  public var largeObjectChunkSize: UInt64 = 1 << 30
  /// `""` for the same container.
  public var largeObjectSegmentsContainerName = ""
  public var useDynamicLargeObjects = false
  public var retries = 3
  public var connectTimeout: Duration = .seconds(10)
  public var timeout: Duration = .seconds(300)
  public var http = HTTPConfiguration()

  public init() {}
}

extension OpenStackSwiftConfiguration {
  init(from section: inout ConfigurationSection) throws(ConfigurationError) {
    authVersion = try section.int("auth_version", in: 0...3)
    authURL = try section.string("auth_url")
    username = try section.string("username")
    userDomainName = try section.string("user_domain_name")
    userDomainID = try section.string("user_domain_id")
    userID = try section.string("user_id")
    password = try section.secret("password")
    domainID = try section.string("domain_id")
    domainName = try section.string("domain_name")
    applicationCredentialID = try section.string("application_credential_id")
    applicationCredentialName = try section.string("application_credential_name")
    applicationCredentialSecret = try section.secret("application_credential_secret")
    projectID = try section.string("project_id")
    projectName = try section.string("project_name")
    projectDomainID = try section.string("project_domain_id")
    projectDomainName = try section.string("project_domain_name")
    regionName = try section.string("region_name")
    containerName = try section.string("container_name")
    largeObjectChunkSize = try section.bytes("large_object_chunk_size", default: largeObjectChunkSize)
    largeObjectSegmentsContainerName = try section.string("large_object_segments_container_name")
    useDynamicLargeObjects = try section.bool("use_dynamic_large_objects")
    retries = try section.int("retries", default: retries, in: 0...Int64(Int32.max))
    connectTimeout = try section.duration("connect_timeout", default: connectTimeout)
    timeout = try section.duration("timeout", default: timeout)
    var httpSection = try section.section("http_config")
    http = try HTTPConfiguration(from: &httpSection)
    try section.finish()
    try section.require("container_name", !containerName.isEmpty, "the container's name")
  }
}
