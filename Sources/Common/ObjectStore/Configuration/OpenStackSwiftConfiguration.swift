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
