/// `config` of type BOS (Baidu). Every key is required.
public struct BOSConfiguration: Equatable, Sendable {
  public var bucket = ""
  public var endpoint = ""
  public var accessKey = ""
  public var secretKey: Secret = ""

  public init() {}
}
