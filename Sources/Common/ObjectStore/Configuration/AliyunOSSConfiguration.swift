/// `config` of type ALIYUNOSS. Every key is required.
public struct AliyunOSSConfiguration: Equatable, Sendable {
  public var endpoint = ""
  public var bucket = ""
  public var accessKeyID = ""
  public var accessKeySecret: Secret = ""

  public init() {}
}
