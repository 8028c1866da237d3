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
