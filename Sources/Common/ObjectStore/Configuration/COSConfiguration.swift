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
